"""The plan against torch.profiler's own record of the CPU allocator: a second way of counting."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from tests.support.architectures import architectures
from tests.support.real_runs import planned, profiled

pytestmark = pytest.mark.slow
MODELS = architectures()
WITHIN = 0.005


@pytest.mark.parametrize("name", ["llama", "qwen3", "mixtral", "gemma3", "phi3", "gpt2"])
def test_the_plan_is_what_the_allocator_recorded(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], dtype=torch.bfloat16).eval()
    tracer, work = Tracer(MODELS[name], torch.bfloat16, kernels="cpu"), Workload(1024, 2, 8)
    share = planned(tracer, work) / profiled(model, work) - 1
    print(f"{name} {share:+.4%}")
    assert abs(share) <= WITHIN
