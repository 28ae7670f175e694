"""Models that take no prefill chunks, and weights that no workload fits beside: no way out is offered, or searched for long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks.generation import supports_chunks
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle import prepare, run
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters
from lbs.plan import make_plan, with_ways_out
from lbs.plan.trace_types import TraceRequest
from lbs.plan.tracing.answer import answer
from lbs.plan.tracing.build import CannotRun
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from lbs.sentences import say
from tests.plan.test_plan import LAYER, LAYERS, ask, linear
from tests.support.architectures import architectures
from tests.support.letters import Letters


class Recurrent:
    """A model that keeps a state, and no keys."""

    device = torch.device("cpu")
    config: Any = None

    def forward(self, input_ids: torch.Tensor, cache_params: Any = None) -> None: ...

    def generate(self, **_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_out_of_memory_is_raised_where_the_model_takes_no_chunks() -> None:
    answerer = Answerer(Recurrent(), Letters(), Hooks())
    with pytest.raises(torch.OutOfMemoryError):
        answerer([[1] * 1000], 8)
    assert answerer.chunk is None


def test_requested_chunks_are_refused_where_the_model_takes_none() -> None:
    assert not supports_chunks(Recurrent())
    parameters = NeedleParameters(prefill_chunk=64)
    with pytest.raises(InvalidParameters, match="leave prefill_chunk out"):
        run(Recurrent(), Letters(), prepare(Letters(), parameters, context_limit=4096), hooks=Hooks())


@pytest.mark.slow
def test_the_tracer_refuses_chunks_where_the_model_takes_none(tmp_path: Path) -> None:
    config = architectures()["mamba2"]
    tracer = Tracer(config, torch.bfloat16, kernels="sm_80")
    with pytest.raises(CannotRun, match="no KV cache"):
        tracer.trace(Workload(512, chunk=128))
    assert tracer.trace(Workload(64, chunk=128)), "one chunk is the whole prompt"
    config.save_pretrained(tmp_path)
    request: TraceRequest = {
        "path": str(tmp_path),
        "dtype": "bfloat16",
        "kernels": "sm_80",
        "trust_remote_code": False,
        "native": False,
        "works": [Workload(512, chunk=128).as_json()],
    }
    assert answer(request) == {"error": say("benchmarks.no_chunks").as_json(), "refused": True}


def counted(asked: list[TraceRequest]) -> Any:
    def source(request: TraceRequest) -> Any:
        asked.append(request)
        return linear(request)

    return source


def test_no_way_out_is_searched_where_the_weights_alone_are_too_large() -> None:
    asked: list[TraceRequest] = []
    source = counted(asked)
    small = f"{LAYERS * LAYER // 2**20 // 2 + 600}MiB"
    plan = with_ways_out(make_plan(ask(small, 0.0, 4096, batch=4), source), source)
    assert plan.verdict == "does_not_fit" and plan.ways_out == [] and len(asked) == 1
    enough = with_ways_out(make_plan(ask("4GiB", 0.0, 60000, batch=4), source), source)
    assert {way["change"] for way in enough.ways_out} >= {"batch", "context"} and len(asked) > 2


def test_no_chunk_is_offered_where_the_model_takes_none() -> None:
    def source(request: TraceRequest) -> Any:
        if any(work["chunk"] for work in request["works"]):
            return {"error": say("benchmarks.no_chunks").as_json(), "refused": True}
        return linear(request)

    plan = with_ways_out(make_plan(ask("4GiB", 0.0, 80000), source), source)
    assert "context" in {way["change"] for way in plan.ways_out}
    assert "chunk" not in {way["change"] for way in plan.ways_out}
    same = with_ways_out(make_plan(ask("4GiB", 0.0, 80000), linear), linear)
    assert "chunk" in {way["change"] for way in same.ways_out}
