"""The plan against CUDA's own allocator, architecture by architecture: kernels allocate what kernels.py emulates."""

from __future__ import annotations

import gc

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from lbs.worker.devices import Device
from tests.support.architectures import NO_CHUNKS, NOT_QUANTIZED, architectures
from tests.support.real_runs import perform, planned

pytestmark = pytest.mark.gpu
MIB = 1 << 20
WORKS = [
    Workload(4096, 1, 8),
    Workload(2048, 4, 8),
    Workload(4096, 2, 8, chunk=1024),
    Workload(2000, 4, 8, padded=True),
    Workload(4096, 4, 8, kv_cache="offloaded"),
    Workload(4096, 4, 8, chunk=512, kv_cache="offloaded"),
    Workload(4096, 4, 8, chunk=512, kv_cache="quantized"),
    Workload(1024, 4, kind="score"),
    Workload(2000, 4, kind="choose", padded=True),
]


def measured(name: str, work: Workload) -> int:
    """Bytes that the allocator had handed out at the most, weights included."""
    before = torch.cuda.memory_allocated()
    with torch.device("cuda:0"):
        model = AutoModelForCausalLM.from_config(architectures()[name], dtype=torch.bfloat16).eval()
    torch.cuda.reset_peak_memory_stats()
    perform(model, work)
    torch.cuda.synchronize()
    top = torch.cuda.max_memory_allocated() - before
    del model
    gc.collect()
    torch.cuda.empty_cache()
    return int(top)


def test_each_architecture_allocates_what_the_plan_predicts(device: Device) -> None:
    off: dict[tuple[str, str], float] = {}
    for name, config in architectures().items():
        tracer = Tracer(config, torch.bfloat16, kernels="sm_80")
        for work in WORKS:
            if (work.chunk or work.kv_cache != "gpu") and name in NO_CHUNKS:
                continue
            if work.kv_cache == "quantized" and name in NOT_QUANTIZED:
                continue
            real = measured(name, work)
            share = planned(tracer, work) / real - 1
            off[name, str(work)] = share
            print(f"{name} {work}: {real / MIB:.1f} MiB, plan {share:+.2%}")
    far = {case: share for case, share in off.items() if abs(share) > 0.05}
    print(f"{len(off) - len(far)} of {len(off)} within 5 %")
    assert len(far) <= len(off) // 10, far
