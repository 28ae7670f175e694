"""Which attention kernel a GPU takes, and what each allocates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as functional
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import AutoModelForCausalLM
from transformers.integrations import sdpa_attention

from lbs.plan.attention import AttentionCall, AttentionKernel, attention_kernel
from lbs.plan.kernels import Kernels
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.attention import TargetAttention, additive, grouped_heads_where, math_attention, target_attention
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from tests.support.architectures import architectures
from tests.support.real_runs import planned, recorded_peak

GIB = 1 << 30
GPUS: list[Kernels] = ["sm_50", "sm_70", "sm_80"]


def call(
    dtype: str, heads: tuple[int, int] = (8, 8), sizes: tuple[int, int] = (128, 128), length: int = 64, **more: Any
) -> AttentionCall:
    """`heads` of query and key; `sizes` of key and value."""
    return AttentionCall(dtype, (heads[0], heads[1], heads[1]), (sizes[0], *sizes), (length, length), **more)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # In order: GTX 10, T4 or V100, A100 and later.
        (call("float16"), ("efficient", "efficient", "flash")),
        (call("bfloat16"), ("math", "math", "flash")),
        (call("float32"), ("efficient", "efficient", "efficient")),
        (call("float16", masked=True), ("efficient", "efficient", "efficient")),
        (call("bfloat16", masked=True), ("math", "math", "efficient")),
        # Grouped heads.
        (call("float16", (28, 4), grouped=True), ("math", "math", "flash")),
        (call("float32", (28, 4), grouped=True), ("math", "math", "math")),
        (call("float16", (28, 4), grouped=True, masked=True), ("math", "math", "math")),
        (call("float16", (71, 1)), ("math", "math", "math")),
        (call("float16", (28, 3), grouped=True), ("math", "math", "math")),
        # Sizes of a head: multi-head latent attention, OpenLLaMA 3B, and the largest that flash takes.
        (call("bfloat16", sizes=(192, 128)), ("math", "math", "efficient")),
        (call("float16", sizes=(100, 100)), ("efficient", "math", "flash")),
        (call("float16", sizes=(100, 100), masked=True), ("efficient", "math", "math")),
        (call("float32", sizes=(100, 100)), ("efficient", "efficient", "efficient")),
        (call("float32", sizes=(30, 30)), ("efficient", "efficient", "math")),
        (call("float16", sizes=(256, 256)), ("efficient", "efficient", "flash")),
        (call("float16", sizes=(264, 264)), ("efficient", "efficient", "efficient")),
        # Causal with a longer key, as with a cache.
        (replace(call("float16", causal=True), lengths=(4, 64)), ("efficient", "efficient", "efficient")),
        (call("float16", causal=True), ("efficient", "efficient", "flash")),
        (call("float16", regular=False), ("math", "math", "math")),
        (call("float64"), ("math", "math", "math")),
    ],
)
def test_the_kernel_follows_from_the_call_and_the_gpu(
    asked: AttentionCall, expected: tuple[AttentionKernel, AttentionKernel, AttentionKernel]
) -> None:
    assert tuple(attention_kernel(asked, kernels) for kernels in GPUS) == expected


_CALLS = st.builds(
    call,
    st.sampled_from(["float16", "bfloat16", "float32"]),
    st.sampled_from([(8, 8), (8, 2), (8, 1), (8, 3)]),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.integers(1, 4096),
    masked=st.booleans(),
    causal=st.booleans(),
    grouped=st.booleans(),
)


@given(_CALLS, st.sampled_from(GPUS), st.booleans())
def test_a_build_without_flash_attention_takes_what_is_left(
    asked: AttentionCall, kernels: Kernels, repeats: bool
) -> None:
    asked = replace(asked, heads=(8, 8, 8)) if repeats else asked
    chosen, left = (attention_kernel(asked, kernels, has_flash=has_flash) for has_flash in (True, False))
    assert left != "flash"
    assert chosen == left or chosen == "flash"
    if chosen == "flash":
        assert kernels == "sm_80" and asked.half and not asked.masked
    if left == "efficient":
        assert len(set(asked.heads)) == 1


def tensors(length: int, heads: tuple[int, int, int], size: int, dtype: torch.dtype, batch: int = 1) -> list[Any]:
    return [torch.zeros(batch, length, count, size, dtype=dtype).transpose(1, 2) for count in heads]


def allocated(
    length: int, heads: tuple[int, int, int], size: int, dtype: torch.dtype, attention: Callable[..., Any]
) -> int:
    """What one call with an additive mask allocates beside its arguments."""
    with FakeTensorMode(), torch.no_grad():
        query, key, value = tensors(length, heads, size, dtype)
        mask = torch.zeros(1, 1, length, length, dtype=dtype)
        live = Allocations()
        for tensor in (query, key, value, mask):
            live.ignore(tensor)
        with live:
            attention(query, key, value, mask, enable_gqa=heads[0] != heads[1])
    return live.peak


@pytest.mark.parametrize(
    ("length", "heads", "size", "dtype", "gib"),
    [
        (4000, (28, 4, 4), 128, torch.float16, 3.99),
        (8000, (28, 4, 4), 128, torch.float16, 15.48),
        (16000, (28, 28, 28), 128, torch.float16, 0.11),
        (16000, (28, 28, 28), 128, torch.float32, 0.21),
        (16000, (16, 16, 16), 256, torch.float16, 0.37),
    ],
)
def test_one_call_allocates_what_others_measured_on_gpus(
    length: int, heads: tuple[int, int, int], size: int, dtype: torch.dtype, gib: float
) -> None:
    """https://github.com/Comfy-Org/ComfyUI/pull/15135, rounded to 0.01 GiB: RTX 5090 and 4090, with a mask."""
    target = TargetAttention("sm_80")
    ours = allocated(length, heads, size, dtype, target)
    assert target.used == {"efficient"}
    if heads[0] == heads[1]:
        assert ours / GIB == pytest.approx(gib, abs=0.0065)
        return
    assert allocated(length, heads, size, dtype, math_attention) / GIB == pytest.approx(gib, abs=0.0065)
    # As the worker calls it: keys and values repeated, and the output.
    assert ours == 3 * heads[0] * length * size * dtype.itemsize


@pytest.mark.parametrize(
    ("batch", "heads", "dtype", "mask", "causal"),
    [
        (batch, heads, dtype, mask, causal)
        for batch, heads, dtype in product((1, 2), ((8, 2, 2), (8, 8, 8)), (torch.float16, torch.float32))
        for mask, causal in ((None, True), (None, False), (torch.bool, False))
    ],
)
def test_math_allocates_and_computes_what_torchs_own_does(
    batch: int, heads: tuple[int, int, int], dtype: torch.dtype, mask: torch.dtype | None, causal: bool
) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn_like(tensor) for tensor in tensors(200, heads, 64, dtype, batch))
    kept = None if mask is None else torch.ones(batch, 1, 200, 200, dtype=mask).tril()
    grouped = heads[0] != heads[1]
    found = []

    def torchs() -> None:
        found.append(
            functional.scaled_dot_product_attention(query, key, value, kept, is_causal=causal, enable_gqa=grouped)
        )

    def ours() -> None:
        added = None if kept is None else additive(kept, dtype)
        found.append(math_attention(query, key, value, added, is_causal=causal, enable_gqa=grouped))

    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        assert recorded_peak(ours) == pytest.approx(recorded_peak(torchs), rel=0.0005)
    assert torch.equal(*found)


@pytest.mark.parametrize(
    ("dtype", "kernels", "note"),
    [
        (torch.bfloat16, "sm_80", "none"),
        (torch.float16, "sm_70", "repeated"),
        (torch.float32, "sm_80", "repeated"),
        (torch.bfloat16, "sm_70", "math"),
        (torch.float32, "cpu", "none"),
    ],
)
def test_a_trace_says_how_grouped_heads_are_computed(dtype: torch.dtype, kernels: Kernels, note: str) -> None:
    before = functional.scaled_dot_product_attention, sdpa_attention.use_gqa_in_sdpa
    assert Tracer(architectures()["llama"], dtype, kernels=kernels).trace(Workload(64, 1, 4))["attention"] == note
    assert before == (functional.scaled_dot_product_attention, sdpa_attention.use_gqa_in_sdpa)


def test_heads_are_repeated_before_the_scores_of_all_tokens_are_held() -> None:
    """Grouped heads go to math where flash attention is missing: repeating them costs next to nothing beside that."""
    config, work = architectures()["llama"], Workload(2048, 1, 4)
    old, new = (planned(Tracer(config, torch.float16, kernels=kernels), work) for kernels in ("sm_70", "sm_80"))
    in_software = planned(Tracer(config, torch.bfloat16, kernels="sm_70"), work)
    scores = config.num_attention_heads * work.context**2
    assert new <= old < new + scores
    assert in_software > new + 8 * scores


def test_repeated_heads_give_the_same_tokens() -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(architectures()["llama"], dtype=torch.float32).eval()
    ids = torch.randint(5, 1000, (2, 24))

    def tokens() -> torch.Tensor:
        found = model.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=0)
        assert isinstance(found, torch.Tensor)
        return found

    with grouped_heads_where(lambda _key, _value: False):
        repeated = tokens()
    assert torch.equal(repeated, tokens())


def test_the_rules_are_those_of_the_installed_pytorch() -> None:
    """Read them again when this fails: later ones take grouped heads in the memory-efficient kernel."""
    sources = Path(torch.__file__).parent / "include" / "ATen" / "native" / "transformers"
    assert (
        "template <bool supports_gqa, bool requires_same_num_heads=true>" in (sources / "sdp_utils_cpp.h").read_text()
    )
    kernels = (sources / "cuda" / "mem_eff_attention" / "kernels" / "cutlassF.h").read_text()
    # Keys at a time, and the largest head: only where that fits in the keys' block, no buffer is needed.
    found = {(int(keys), int(most)) for keys, most in re.findall(r"\d+, (\d+), (\d+), true, true>", kernels)}
    assert found == {(64, 64), (128, 128), (128, 65536)}


def test_what_is_emulated_ends_with_the_trace() -> None:
    before = functional.scaled_dot_product_attention
    with pytest.raises(ValueError, match="anything"), target_attention("sm_80"):
        assert functional.scaled_dot_product_attention is not before
        raise ValueError("anything")
    assert functional.scaled_dot_product_attention is before
