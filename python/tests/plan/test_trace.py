"""The plan against real runs: each model generates on the CPU while its storages are counted.

HEADROOM_FAULTS=full: every kind of work of every model; else every kind of two models, and the padded ones of the others.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, MambaConfig

from lbs.plan.kernels import Kernels
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.build import CannotTrace
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from tests.support.architectures import NO_CHUNKS, architectures, peculiar
from tests.support.long_form import FULL
from tests.support.real_runs import all_tensors, perform, planned, profiled, weights_of

pytestmark = pytest.mark.slow
PECULIAR = peculiar()
MODELS = {**architectures(), **PECULIAR}
WORKS = [
    Workload(512, 1, 8),
    Workload(640, 3, 4),
    Workload(16, 2, 32),
    Workload(1024, 2, 4, chunk=256),
    Workload(700, 2, 4, padded=True),
    Workload(512, 2, kind="score"),
    Workload(600, 3, kind="choose", padded=True),
]
FEW = [Workload(512, 1, 8), Workload(300, 2, 8, padded=True), Workload(300, 2, kind="score"), WORKS[-1]]
THOROUGH = {"llama"}
WITHIN = 0.005
KERNELS: tuple[Kernels, Kernels] = ("sm_70", "sm_80")


def works_of(name: str) -> list[Workload]:
    works = FEW if name in PECULIAR else WORKS
    return works if FULL or name in THOROUGH else [work for work in works if work.padded]


def really(model: Any, work: Workload) -> int:
    """Allocated bytes at the peak of a real run, weights included."""
    live = Allocations()
    for tensor in all_tensors(model):
        live.ignore(tensor)
    with live:
        perform(model, work)
    return live.peak + weights_of(model)


@pytest.mark.parametrize("name", MODELS)
def test_the_plan_matches_the_allocated_bytes_of_a_real_run(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], dtype=torch.bfloat16).eval()
    tracer = Tracer(MODELS[name], torch.bfloat16, kernels="cpu")
    off = {}
    for work in works_of(name):
        if work.chunk and name in NO_CHUNKS:
            continue
        off[work] = planned(tracer, work) / really(model, work) - 1
    print(name, " ".join(f"{share:+.3%}" for share in off.values()))
    assert {work: share for work, share in off.items() if abs(share) > WITHIN} == {}


def test_stand_ins_give_the_same_figures_as_all_layers() -> None:
    once = Tracer(MODELS["deepseek-v3"], torch.bfloat16, kernels="sm_80")
    every = Tracer(MODELS["deepseek-v3"], torch.bfloat16, kernels="sm_80")
    every.trace_all()
    work = Workload(512, 2, 8)
    assert len(set(once.classes)) == 3 < len(set(every.classes))
    assert planned(once, work) == pytest.approx(planned(every, work), rel=0.001)


def test_attention_without_a_fused_kernel_is_planned_step_by_step() -> None:
    """bfloat16 before 8.0 goes to math, and on the CPU a call with a single key head as well, as the allocator shows."""
    torch.manual_seed(0)
    model, work = AutoModelForCausalLM.from_config(MODELS["falcon"], dtype=torch.bfloat16).eval(), Workload(700, 2, 8)
    stepwise, fused = (Tracer(MODELS["falcon"], torch.bfloat16, kernels=kernels) for kernels in KERNELS)
    real = profiled(model, work)
    assert planned(stepwise, work) == pytest.approx(real, rel=WITHIN)
    assert planned(fused, work) < real - 8 * model.config.num_attention_heads * work.context**2
    assert (stepwise.attention, fused.attention) == ("math", "none")


def test_experts_are_traced_in_every_dtype() -> None:
    """float16 is the type that a model is loaded in by default."""
    work = Workload(512, 2, 8)
    half, brain = (
        planned(Tracer(MODELS["mixtral"], dtype, kernels="sm_80"), work) for dtype in (torch.float16, torch.bfloat16)
    )
    assert half == pytest.approx(brain, rel=0.001)


def test_a_loop_over_the_prompt_is_extrapolated_from_shorter_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    config, work = MambaConfig(vocab_size=4096, hidden_size=256, num_hidden_layers=1), Workload(250, 2, kind="choose")
    extrapolated = Tracer(config, torch.bfloat16, kernels="sm_80")
    assert extrapolated.trace(work)["followed"] < 200
    monkeypatch.setattr("lbs.plan.tracing.trace.FEW_STEPS", sys.maxsize)
    followed = Tracer(config, torch.bfloat16, kernels="sm_80")
    assert "followed" not in followed.trace(work)
    assert planned(extrapolated, work) == pytest.approx(planned(followed, work), rel=WITHIN)


def test_a_model_that_cannot_be_built_says_why() -> None:
    config = architectures()["llama"]
    config.hidden_size = -1
    with pytest.raises(CannotTrace, match="cannot build"):
        Tracer(config, torch.bfloat16, kernels="sm_80")
