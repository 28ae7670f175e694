"""Curves between traces: exact where sizes are products of lengths; all other runs are traced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.memory.limit import MIB
from lbs.memory.limit_value import Limit
from lbs.plan import Curves, Model, PlanInput, Workload, largest_context, make_plan, parse_gpus
from lbs.plan.allocator.replay import slack_of_script
from lbs.plan.allocator.script import Step, read
from lbs.plan.curves.curve import draw_curve
from lbs.plan.trace_types import TraceRequest
from lbs.sentences import say

LAYERS, WEIGHTS, MOST = 4, [64 * MIB] * 6, 32768
Script = Callable[[int, int], list[Step]]


def script(context: int, batch: int) -> list[Step]:
    """Each layer keeps 1 KiB a token, and works with a square of the prompt and 16 KiB a token."""
    steps: list[Step] = [8 * batch * context, []]
    for forward in range(3):
        for layer in range(LAYERS):
            begun = sum(isinstance(step, int) and step >= 0 for step in steps)
            tokens = batch * (1 if forward else context)
            steps += [[layer], 1024 * tokens, 2 * context * context + 7, 16384 * tokens, -(begun + 2), -(begun + 3)]
        steps += [["post"], []]
    return steps


def windowed(context: int, batch: int) -> list[Step]:
    return [*script(context, batch), [0], 1024] if context > 1000 else script(context, batch)


def staircase(context: int, batch: int) -> list[Step]:
    return script(-(-context // 4096) * 4096, batch)


class Tracer:
    """A Source of written scripts that counts what it is asked."""

    def __init__(self, of: Script) -> None:
        self.of, self.broken = of, False
        self.asked: list[Any] = []

    def __call__(self, request: TraceRequest) -> Any:
        assert "exact" not in request
        self.asked += request["works"]
        if self.broken:
            return {"error": say("plan.not_traceable", reason="strange").as_json()}
        works = [Workload(**work) for work in request["works"]]
        scripts = [self.of(work.context, work.batch) for work in works]
        classes = list(range(LAYERS))
        traces: list[Any] = [{"script": one, "classes": classes, "attention": "none"} for one in scripts]
        if not request.get("scripts"):
            traces = [
                {**read(one, work.forwards, classes), "slack": slack_of_script(one, WEIGHTS)}
                for one, work in zip(scripts, works, strict=True)
            ]
        sizes = {"pre": WEIGHTS[0], "layers": WEIGHTS[1:-1], "post": WEIGHTS[-1], "sizes": WEIGHTS}
        names = {"pre": ["embed"], "post": ["head"]}
        return {
            "weights": {**sizes, "names": names, "list": "l", "tied": False, "load_transient": 0, "load_least": 0},
            "traces": traces,
        }


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": MOST, "sliding_window": None}))
    return tmp_path


@pytest.fixture
def curves() -> Iterator[Callable[[Script], tuple[Curves, Tracer]]]:
    made: list[Curves] = []

    def make(of: Script) -> tuple[Curves, Tracer]:
        tracer = Tracer(of)
        made.append(Curves(tracer))
        return made[-1], tracer

    yield make
    for one in made:
        one.close()


def ask(config: Path, gpus: str = "40GiB", context: int = 4096, **work: Any) -> PlanInput:
    return PlanInput(Model(str(config), {}, "bfloat16"), Workload(context, **work), tuple(parse_gpus(gpus)))


@given(st.integers(1, 1 << 20), st.integers(1, 4096))
def test_a_curve_is_exact_for_products_of_lengths(context: int, batch: int) -> None:
    contexts, batches = (16, 9000, 131072), (2, 5)
    curve = draw_curve({(c, b): script(c, b) for c in contexts for b in batches}, contexts, batches)
    assert curve is not None and curve.script(context, batch) == script(context, batch)


def test_after_the_first_answer_nothing_more_is_traced(config: Path, curves: Any) -> None:
    source, tracer = curves(script)
    first = make_plan(ask(config), source)
    assert not first.demand.interpolated and first.as_json()["interpolated"] is False
    source.settle()
    traced = len(tracer.asked)
    for context, batch in ((17, 1), (4096, 1), (4097, 1), (20000, 9), (32000, 2), (777, 300)):
        asked = ask(config, context=context, batch=batch)
        by_curve, exact = make_plan(asked, source), make_plan(asked, Tracer(script))
        assert by_curve.demand.method == "traced" and by_curve.demand.interpolated
        assert {**by_curve.as_json(), "interpolated": False} == exact.as_json()
    assert len(tracer.asked) == traced


@pytest.mark.parametrize("of", [windowed, staircase])
def test_runs_that_no_curve_covers_are_traced(of: Script, config: Path, curves: Any) -> None:
    source, _ = curves(of)
    make_plan(ask(config), source)
    source.settle()
    seen = set()
    for context in (20, 500, 990, 1000, 1001, 1100, 4097, 9000, 30000):
        by_curve = make_plan(ask(config, context=context), source)
        exact = make_plan(ask(config, context=context), Tracer(of))
        assert by_curve.live_peak == pytest.approx(exact.live_peak, rel=0.005)
        seen.add(by_curve.demand.interpolated)
    assert False in seen


def test_a_known_window_keeps_its_curves(config: Path, curves: Any) -> None:
    (config / "config.json").write_text(json.dumps({"max_position_embeddings": MOST, "text_config": {"window": 1000}}))
    source, _ = curves(windowed)
    make_plan(ask(config), source)
    source.settle()
    by_curve = {
        context: make_plan(ask(config, context=context), source) for context in (500, 990, 998, 1001, 1010, 30000)
    }
    assert [context for context, plan in by_curve.items() if not plan.demand.interpolated] == [998, 1001]


def test_chunks_remote_code_and_untraceable_models_have_no_curve(config: Path, curves: Any) -> None:
    source, tracer = curves(script)
    make_plan(ask(config, chunk=8192), source)  # one piece: its script is as without
    make_plan(replace(ask(config), trust_remote_code=True), source)
    tracer.broken = True
    make_plan(ask(config), source)
    traced = len(tracer.asked)
    source.settle()
    assert len(tracer.asked) == traced


def test_a_changed_config_has_curves_of_its_own(config: Path, curves: Any) -> None:
    source, _ = curves(script)
    make_plan(ask(config), source)
    source.settle()
    (config / "config.json").write_text(json.dumps({"max_position_embeddings": 2 * MOST}))
    assert not make_plan(ask(config), source).demand.interpolated


def test_a_verdict_near_its_edge_is_traced(config: Path, curves: Any) -> None:
    def larger(context: int, batch: int) -> list[Step]:
        """Off the curve by 0.2 %, where no check looks."""
        return script(context + (context // 1000 if context == 20000 else 0), batch)

    source, _ = curves(larger)
    make_plan(ask(config), source)
    source.settle()
    asked = ask(config, "80GiB", 20000)
    exact = make_plan(asked, Tracer(larger))
    (gpu,) = exact.gpus
    for more, traced in ((-4 * MIB, True), (4 * MIB, True), (1024 * MIB, False)):
        room = exact.reserved_peak + gpu.gpu.card.overhead + gpu.gpu.card.margin + more
        limited = replace(asked, limit=Limit.parse(room / gpu.gpu.card.total))
        by_curve = make_plan(limited, source)
        assert by_curve.verdict == make_plan(limited, Tracer(larger)).verdict
        assert by_curve.demand.interpolated is not traced


def test_the_largest_context_is_searched_on_curves_and_confirmed_by_a_trace(config: Path, curves: Any) -> None:
    source, tracer = curves(script)
    make_plan(ask(config), source)
    source.settle()
    traced = len(tracer.asked)
    found = largest_context(ask(config, "2GiB"), source, MOST - 32)
    assert found is not None and len(tracer.asked) <= traced + 2
    assert make_plan(found.input, Tracer(script)).verdict == "fits"
    beyond = found.input.with_work(context=int(found.input.work.context * 1.02) + 64)
    assert make_plan(beyond, Tracer(script)).verdict != "fits"


def test_no_curve_is_drawn_after_close(config: Path, curves: Any) -> None:
    source, tracer = curves(script)
    source.close()
    make_plan(ask(config), source)
    source.settle()
    assert len(tracer.asked) == 2  # the start of the run and its end


def test_a_failure_while_drawing_is_logged_once_and_runs_are_traced(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracer = Tracer(script)

    def faulty(request: TraceRequest) -> Any:
        if request.get("scripts"):
            raise KeyError("no such storage")
        return tracer(request)

    source = Curves(faulty)
    for _ in range(2):
        assert make_plan(ask(config, new_tokens=1, kind="choose"), source).demand.method == "traced"
        source.settle()
    source.close()
    log = capsys.readouterr().err
    # One family for a batch of one, one for larger batches.
    assert log.count(f"No curves for {config}") == log.count("KeyError: 'no such storage'") == 2
