"""Heads as the worker passes them to PyTorch's attention on a GPU."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
import torch
import torch.nn.functional as functional
from transformers.integrations import sdpa_attention

from lbs.worker.devices.attention import keep_off_math
from lbs.worker.devices.cuda import CudaDevice

T4, A100 = (7, 5), (8, 0)


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdpa_attention, "use_gqa_in_sdpa", sdpa_attention.use_gqa_in_sdpa)
    monkeypatch.setattr(functional, "scaled_dot_product_attention", functional.scaled_dot_product_attention)


Passed = tuple[list[int], list[int], bool]
"""Shapes of query and key, and enable_gqa."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Passed]:
    """What PyTorch gets."""
    found: list[Passed] = []

    def attention(query: Any, key: Any, value: Any, *_: Any, enable_gqa: bool = False, **__: Any) -> Any:
        assert key.shape == value.shape
        found.append((list(query.shape), list(key.shape), enable_gqa))
        return query

    monkeypatch.setattr(functional, "scaled_dot_product_attention", attention)
    keep_off_math([A100])  # of other GPUs: the next call replaces it
    keep_off_math([T4, A100])
    return found


def on(device: str, heads: int, length: int, dtype: torch.dtype) -> Any:
    """A tensor that says it is there: a build without CUDA cannot have one."""

    class There(torch.Tensor):
        pass

    There.device = torch.device(device)
    return torch.empty(1, heads, length, 64, dtype=dtype).as_subclass(There)


def by_transformers(device: str, dtype: torch.dtype, length: int, *, masked: bool = False) -> None:
    """Attention of 8 heads of a query and 2 of a key."""
    module: Any = SimpleNamespace(num_key_value_groups=4)
    mask = torch.empty(1, 1, length, 16, dtype=torch.bool) if masked else None
    key = on(device, 2, 16, dtype)
    sdpa_attention.sdpa_attention_forward(module, on(device, 8, length, dtype), key, key, mask)


@pytest.mark.parametrize(
    ("device", "dtype", "repeats"),
    [
        ("cuda:0", torch.float16, True),
        ("cuda:0", torch.bfloat16, True),
        ("cuda:1", torch.float16, False),
        ("cuda:1", torch.bfloat16, False),
        ("cuda:1", torch.float32, True),
        ("cpu", torch.float32, False),
    ],
)
def test_each_gpu_gets_the_heads_that_its_kernels_take(
    calls: list[Passed], device: str, dtype: torch.dtype, repeats: bool
) -> None:
    by_transformers(device, dtype, 16)
    by_transformers(device, dtype, 1)
    prompt, token = calls
    if repeats:
        # One token asks for no copies: its heads are packed into rows.
        assert prompt == ([1, 8, 16, 64], [1, 8, 16, 64], False)
        assert token == ([1, 2, 4, 64], [1, 2, 16, 64], False)
    else:
        assert prompt == ([1, 8, 16, 64], [1, 2, 16, 64], True)
        assert token == ([1, 8, 1, 64], [1, 2, 16, 64], True)


@pytest.mark.parametrize("device", ["cuda:0", "cuda:1", "cpu"])
def test_a_mask_keeps_what_transformers_does(calls: list[Passed], device: str) -> None:
    by_transformers(device, torch.float16, 16, masked=True)
    assert calls == [([1, 8, 16, 64], [1, 8, 16, 64], False)]


@pytest.mark.parametrize(
    ("device", "dtype", "key_heads", "grouped", "masked", "expected"),
    [
        # Falcon: one key head for all, which it does not declare.
        ("cuda:1", torch.float16, 1, False, False, (1, True)),
        ("cuda:1", torch.float16, 1, False, True, (8, False)),
        ("cuda:1", torch.float32, 1, False, False, (8, False)),
        ("cuda:0", torch.float16, 1, False, False, (8, False)),
        ("cuda:0", torch.bfloat16, 1, False, False, (1, False)),
        ("cpu", torch.float32, 1, False, False, (1, False)),
        # A model's own code that asks for grouped heads.
        ("cuda:1", torch.float16, 2, True, False, (2, True)),
        ("cuda:1", torch.float16, 2, True, True, (8, False)),
        ("cuda:0", torch.float16, 2, True, False, (8, False)),
        ("cpu", torch.float32, 2, True, True, (2, True)),
        # Not a call that PyTorch accepts: it says so itself.
        ("cuda:1", torch.float16, 3, True, True, (3, True)),
    ],
)
def test_calls_of_models_themselves_are_kept_off_math(
    calls: list[Passed],
    device: str,
    dtype: torch.dtype,
    key_heads: int,
    grouped: bool,
    masked: bool,
    expected: tuple[int, bool],
) -> None:
    mask = torch.empty(1, 1, 16, 16, dtype=dtype) if masked else None
    key = on(device, key_heads, 16, dtype)
    functional.scaled_dot_product_attention(on(device, 8, 16, dtype), key, key, mask, enable_gqa=grouped)
    heads, takes_grouped = expected
    assert calls == [([1, 8, 16, 64], [1, heads, 16, 64], takes_grouped)]


def test_opening_the_gpus_sees_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.cuda, "enable_cudnn_sdp", lambda _: None)
    before = sdpa_attention.use_gqa_in_sdpa, functional.scaled_dot_product_attention
    CudaDevice().open()
    assert before[0] is not sdpa_attention.use_gqa_in_sdpa
    assert before[1] is not functional.scaled_dot_product_attention
    query = torch.rand(1, 8, 4, 16)
    out = functional.scaled_dot_product_attention(query, query[:, :2], query[:, 2:4], is_causal=True, enable_gqa=True)
    assert torch.equal(out, before[1](query, query[:, :2], query[:, 2:4], is_causal=True, enable_gqa=True))
