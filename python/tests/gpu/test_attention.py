"""The attention kernel that a GPU really takes, by the profiler, and what it allocates, against the plan's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as functional
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile
from transformers import AutoModelForCausalLM

from lbs.plan.attention import AttentionKernel, attention_kernel
from lbs.plan.kernels import Kernels, kernels_of
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.attention import TargetAttention, call_of, has_flash, suited_to
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from lbs.worker.devices import Device
from tests.support.architectures import architectures
from tests.support.real_runs import perform

pytestmark = pytest.mark.gpu
MIB = 1 << 20
LENGTH = 1024


@dataclass(frozen=True)
class Case:
    dtype: torch.dtype
    key_heads: int
    grouped: bool
    sizes: tuple[int, int]
    mask: torch.dtype | None

    def tensors(self, place: str) -> list[Any]:
        """Query, key, value and mask, in the layout in which models have them."""
        found = [
            torch.ones(2, LENGTH, heads, size, dtype=self.dtype, device=place).transpose(1, 2)
            for heads, size in ((8, self.sizes[0]), (self.key_heads, self.sizes[0]), (self.key_heads, self.sizes[1]))
        ]
        return [*found, self.mask and torch.ones(2, 1, LENGTH, LENGTH, device=place).tril().to(self.mask)]


def cases() -> list[Case]:
    dtypes = (torch.float16, torch.bfloat16, torch.float32)
    heads = ((8, False), (2, True), (1, False))
    sizes = ((64, 64), (128, 128), (100, 100), (192, 128), (256, 256), (264, 264))
    found = [Case(*case) for case in product(dtypes, (8,), (False,), sizes, (None, torch.bool))]
    found += [Case(dtype, *head, (128, 128), mask) for dtype, head, mask in product(dtypes, heads, (None, torch.bool))]
    return [*found, *(Case(dtype, 8, False, (128, 128), dtype) for dtype in dtypes)]


def taken_by(action: Callable[[], Any]) -> set[AttentionKernel]:
    """By the names of the kernels that ran on the GPU, and of PyTorch's function around the steps of math."""
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as record:
        action()
        torch.cuda.synchronize()
    names = " ".join(event.key for event in record.key_averages())
    marks: dict[AttentionKernel, str] = {
        "flash": "flash_fwd",
        "efficient": "fmha_cutlassF",
        "math": "aten::_scaled_dot_product_attention_math",
    }
    return {kernel for kernel, mark in marks.items() if mark in names}


def here() -> Kernels:
    return kernels_of([torch.cuda.get_device_capability(0)])


def test_the_gpu_takes_the_kernel_that_the_plan_expects(device: Device) -> None:
    wrong = {}
    for case in cases():
        query, key, value, mask = case.tensors("cuda:0")
        options: Any = {"attn_mask": mask, "is_causal": mask is None, "enable_gqa": case.grouped}
        taken = taken_by(partial(functional.scaled_dot_product_attention, query, key, value, **options))
        call = call_of(query, key, value, mask, is_causal=mask is None, enable_gqa=case.grouped)
        kernel = partial(attention_kernel, kernels=here(), has_flash=has_flash())
        expected = kernel(suited_to(call, kernel))
        print(f"{case}: {taken}")
        if taken != {expected}:
            wrong[case] = (taken, expected)
    assert not wrong


def test_one_call_allocates_what_the_plan_expects(device: Device) -> None:
    off = {}
    for case in cases():
        query, key, value, mask = case.tensors("cuda:0")
        options: Any = {"attn_mask": mask, "is_causal": mask is None, "enable_gqa": case.grouped}
        with torch.no_grad():
            functional.scaled_dot_product_attention(query, key, value, **options)
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            functional.scaled_dot_product_attention(query, key, value, **options)
            real = torch.cuda.max_memory_allocated() - before
        attention, live = TargetAttention(here()), Allocations()
        with FakeTensorMode(), torch.no_grad():
            given = case.tensors("cpu")
            for tensor in given:
                if tensor is not None:
                    live.ignore(tensor)
            options["attn_mask"] = given.pop()
            with live:
                attention(*given, **options)
        print(f"{case} {attention.used}: {real / MIB:.2f} MiB, plan {live.peak / real - 1:+.2%}")
        if abs(live.peak - real) > max(0.02 * real, MIB):
            off[case] = (live.peak, real)
    assert not off


def test_math_holds_all_scores_at_once(device: Device) -> None:
    """Published: 3.99 GiB at 4,000 tokens, on other GPUs (tests/plan/test_attention.py)."""
    length = 4000
    query, key, value = (
        torch.ones(1, length, heads, 128, dtype=torch.float16, device="cuda:0").transpose(1, 2) for heads in (28, 4, 4)
    )
    mask = torch.ones(length, length, dtype=torch.float16, device="cuda:0")
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        # Not the function that the worker has put in its place.
        torch._C._nn.scaled_dot_product_attention(query, key, value, mask, enable_gqa=True)
    assert (torch.cuda.max_memory_allocated() - before) / (1 << 30) == pytest.approx(3.98, rel=0.01)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("name", ["llama", "qwen2", "gemma3", "mixtral"])
def test_a_model_with_grouped_heads_is_kept_off_math(device: Device, name: str, dtype: torch.dtype) -> None:
    """`device.open` has made transformers repeat heads where that is needed."""
    config, work = architectures()[name], Workload(LENGTH, 2, 3)
    with torch.device("cuda:0"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype).eval()
    taken = taken_by(partial(perform, model, work))
    flashes = here() == "sm_80" and dtype == torch.float16 and has_flash()
    # A window is a mask.
    assert taken in ([{"flash"}, {"flash", "efficient"}] if flashes else [{"efficient"}])
    tracer = Tracer(config, dtype, kernels=here())
    assert tracer.trace(work)["attention"] == ("none" if flashes else "repeated")
