"""Heads as the worker passes them to PyTorch's attention on a GPU."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
import torch
import torch.nn.functional as functional
from transformers.integrations import sdpa_attention

from lbs.worker.devices.attention import repeat_heads_without_flash
from lbs.worker.devices.cuda import CudaDevice

T4, A100 = (7, 5), (8, 0)


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdpa_attention, "use_gqa_in_sdpa", sdpa_attention.use_gqa_in_sdpa)


def passed(
    monkeypatch: pytest.MonkeyPatch, device: str, dtype: torch.dtype, length: int, *, masked: bool = False
) -> tuple[list[int], list[int], bool]:
    """The shapes of query and key that PyTorch gets from transformers, and enable_gqa: 8 heads of a query, 2 of a key."""
    found: list[Any] = []

    def attention(query: Any, key: Any, value: Any, enable_gqa: bool = False, **_: Any) -> Any:
        found.extend((list(query.shape), list(key.shape), enable_gqa))
        return query

    monkeypatch.setattr(functional, "scaled_dot_product_attention", attention)

    class There(torch.Tensor):
        """A build without CUDA cannot have tensors there."""

    monkeypatch.setattr(There, "device", torch.device(device), raising=False)
    module: Any = SimpleNamespace(num_key_value_groups=4)
    query = torch.empty(1, 8, length, 64, dtype=dtype).as_subclass(There)
    key, value = (torch.empty(1, 2, 16, 64, dtype=dtype).as_subclass(There) for _ in range(2))
    mask = torch.empty(1, 1, length, 16, dtype=torch.bool) if masked else None
    sdpa_attention.sdpa_attention_forward(module, query, key, value, mask)
    return found[0], found[1], found[2]


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
    monkeypatch: pytest.MonkeyPatch, device: str, dtype: torch.dtype, repeats: bool
) -> None:
    repeat_heads_without_flash([T4, A100])
    prompt = passed(monkeypatch, device, dtype, 16)
    token = passed(monkeypatch, device, dtype, 1)
    if repeats:
        # One token asks for no copies: its heads are packed into rows.
        assert prompt == ([1, 8, 16, 64], [1, 8, 16, 64], False)
        assert token == ([1, 2, 4, 64], [1, 2, 16, 64], False)
    else:
        assert prompt == ([1, 8, 16, 64], [1, 2, 16, 64], True)
        assert token == ([1, 8, 1, 64], [1, 2, 16, 64], True)


def test_a_mask_keeps_what_transformers_does(monkeypatch: pytest.MonkeyPatch) -> None:
    before = passed(monkeypatch, "cuda:1", torch.float16, 16, masked=True)
    repeat_heads_without_flash([T4, A100])
    assert passed(monkeypatch, "cuda:1", torch.float16, 16, masked=True) == before
    assert before == ([1, 8, 16, 64], [1, 8, 16, 64], False)


def test_opening_the_gpus_sees_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.cuda, "enable_cudnn_sdp", lambda _: None)
    before = sdpa_attention.use_gqa_in_sdpa
    CudaDevice().open()
    assert sdpa_attention.use_gqa_in_sdpa is not before
