"""The plan of a real model against what the CPU allocator recorded. HEADROOM_FAULTS=full: the lengths that take minutes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from tests.support.real_runs import planned, profiled

pytestmark = [pytest.mark.real_model, pytest.mark.slow]
CELLS = [(512, 1), (512, 4)]
LONG = [(2048, 1), (2048, 4), (8192, 1), (8192, 4)]
WITHIN = 0.005


@pytest.mark.parametrize(("context", "batch"), CELLS + (LONG if os.environ.get("HEADROOM_FAULTS") == "full" else []))
def test_the_plan_of_smollm2_is_what_the_allocator_recorded(smollm2: Path, context: int, batch: int) -> None:
    config = AutoConfig.from_pretrained(smollm2)
    model = AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.bfloat16).eval()
    work = Workload(context, batch, 4)
    share = planned(Tracer(config, torch.bfloat16, kernels="cpu"), work) / profiled(model, work) - 1
    print(f"{context} x {batch} {share:+.4%}")
    assert abs(share) <= WITHIN
