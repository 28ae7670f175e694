"""Runs that loop over their prompt, drawn from short ones: exact where the rest of the run is a product of lengths."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbs.plan import Curves, Workload
from lbs.plan.allocator.replay import slack_of_script
from lbs.plan.allocator.script import Step, read
from lbs.plan.curves.short_runs import draw_from_short_runs
from lbs.plan.own_tracer import OwnTracer
from lbs.plan.trace_types import TraceRequest

LAYERS, WEIGHTS = 3, [1 << 20] * 5
Script = Callable[[int, int], list[Step]]


class Writer:
    """A script, written step by step."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._count = 0

    def allocate(self, size: int) -> int:
        self.steps.append(size)
        self._count += 1
        return self._count

    def free(self, *numbers: int) -> None:
        self.steps += [-number for number in numbers]


def recurrent(context: int, batch: int, piece: int = 1, power: int = 1) -> list[Step]:
    """Each layer keeps a state and works through its prompt in `piece`s, each of which leaves its output; every step of decoding
    copies a cache of the whole prompt, which outgrows the copy of an expert from about 1,400 tokens on."""
    run = Writer()
    run.allocate(8 * batch * context)
    run.steps.append([])
    padded = -(-context // piece) * piece
    for tokens in (context, 1, 1):
        for layer in range(LAYERS):
            run.steps.append([layer])
            if tokens == context:
                run.allocate(batch * 4096)
                run.allocate(768 * batch * context)
                work = run.allocate(4096 * batch * padded**power)
                parts = []
                for _ in range(padded // piece):
                    scratch = run.allocate(2048 * batch * piece)
                    parts.append(run.allocate(512 * batch * piece))
                    run.free(scratch)
                whole = run.allocate(512 * batch * padded)
                run.free(*parts, work, whole)
            else:
                experts = run.allocate(1 << 20)
                run.free(experts)
                copy = run.allocate(768 * batch * context)
                run.free(copy)
        run.steps += [["post"], []]
    return run.steps


def in_pieces(context: int, batch: int) -> list[Step]:
    return recurrent(context, batch, 64)


def cubic(context: int, batch: int) -> list[Step]:
    return recurrent(context, batch, power=3)


def drawn(script: Script, *batches: int) -> Any:
    return draw_from_short_runs(script, lambda: list(range(LAYERS)), batches or (1,), batches or (1,))


def figures(script: list[Step]) -> Any:
    return {**read(script, 1, list(range(LAYERS))), "slack": slack_of_script(script, WEIGHTS)}


@pytest.mark.parametrize("script", [recurrent, in_pieces])
@pytest.mark.parametrize("context", [640, 1399, 4096, 5001])
def test_a_long_run_is_exact_to_the_byte(script: Script, context: int) -> None:
    for found, batch in ((drawn(script), 1), (drawn(script, 2, 5), 7)):
        trace, real = found.trace(context, batch, WEIGHTS), figures(script(context, batch))
        assert {name: trace[name] for name in ("prefill", "decode", "kv_cache")} == {
            name: real[name] for name in ("prefill", "decode", "kv_cache")
        }
        assert trace["followed"] <= 848


def test_the_reserve_is_that_of_a_run_as_large() -> None:
    trace, real = drawn(recurrent).trace(4096, 1, WEIGHTS), figures(recurrent(4096, 1))
    for name, slack in real["slack"].items():
        assert trace["slack"][name] == pytest.approx(slack, abs=64 << 20)


def test_a_run_that_short_ones_do_not_predict_is_not_drawn() -> None:
    assert drawn(cubic) is None


def test_a_run_without_a_loop_is_left_to_curves() -> None:
    assert drawn(lambda context, batch: [8 * context, [], [0], 64 * context * batch, [1], [2], ["post"], []]) is None


def asked_of(folder: Path, work: Workload) -> TraceRequest:
    return {
        "path": str(folder),
        "dtype": "bfloat16",
        "kernels": "sm_80",
        "native": False,
        "trust_remote_code": False,
        "works": [work.as_json()],
    }


def test_a_slider_needs_no_further_trace(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 100_000}))
    asked: list[Any] = []

    def tracer(request: TraceRequest) -> Any:
        asked.append(request)
        works = [Workload(**work) for work in request["works"]]
        classes = list(range(LAYERS))
        scripts = [in_pieces(work.context, work.batch) for work in works]
        traces = [
            {"script": script, "classes": classes, "attention": "none"} if request.get("scripts") else figures(script)
            for script in scripts
        ]
        sizes = {"pre": WEIGHTS[0], "layers": WEIGHTS[1:-1], "post": WEIGHTS[-1], "sizes": WEIGHTS}
        return {"weights": {**sizes, "tied": False, "list": "l", "load_transient": 0}, "traces": traces}

    def request(context: int, batch: int) -> TraceRequest:
        return asked_of(tmp_path, Workload(context, batch))

    curves = Curves(tracer)
    try:
        curves(request(700, 1))
        curves.settle()
        before = len(asked)
        for context, batch in ((16, 1), (9000, 1), (65_537, 1), (3000, 4)):
            answer: Any = curves(request(context, batch))
            assert answer["interpolated"] and answer["traces"][0]["followed"] <= 848
            assert answer["traces"][0]["kv_cache"] == figures(in_pieces(context, batch))["kv_cache"]
        assert len(asked) == before
    finally:
        curves.close()


def test_a_trace_in_the_worker_ends_with_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefill chunks are traced one by one, however many they are."""
    sizes = {
        "vocab_size": 64,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 1,
    }
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", **sizes}))

    def request(context: int, chunk: int) -> TraceRequest:
        return asked_of(tmp_path, Workload(context, chunk=chunk))

    assert "traces" in OwnTracer(seconds=600)(request(64, 64))  # with torch's imports
    tracer = OwnTracer(seconds=1)
    before = time.monotonic()
    for context in (1 << 20, 1 << 21):  # the second is not even begun
        assert "longer than 1 s" in str(tracer(request(context, 1)))
    assert time.monotonic() - before < 30
    monkeypatch.setattr(tracer, "_seconds", 600)
    assert "traces" in tracer(request(1 << 21, 1 << 21))  # in one piece it is another kind of run
    assert "traces" in tracer(request(64, 32))
