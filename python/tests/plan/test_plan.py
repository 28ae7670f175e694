"""The estimator: verdicts, layout, ways out, the ledger, and the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.memory.limit import GIB, MIB
from lbs.memory.limit_value import Limit
from lbs.plan import (
    Change,
    Model,
    ModelError,
    PlanInput,
    Workload,
    cached_on_disk,
    check_context,
    largest_context,
    make_plan,
    parse_gpus,
    with_ways_out,
)
from lbs.plan.footprint import TracedFootprint
from lbs.plan.trace_types import Segments, TraceRequest
from lbs.plan.ways_out import describe_ways_out
from lbs.sentences import say

LLAMA_8B: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131072,
}
LAYERS, LAYER = 16, 64 * MIB
CHANGES: frozenset[Change] = frozenset({"batch", "context", "chunk"})
"""Without those of tests/plan/test_kv_caches.py, whose plans `linear` does not know."""


def linear(request: TraceRequest) -> Any:
    """A tracer's answer for a model whose layers keep 1 KiB a token and need 16 KiB a token while they work."""
    traces = []
    for work in request["works"]:
        tokens = work["batch"] * work["context"]
        run = [
            ["pre", 0, 0],
            *[
                [n, 1024 * tokens, 16384 * min(tokens, work["batch"] * (work["chunk"] or 1 << 30))]
                for n in range(LAYERS)
            ],
        ]
        traces.append(
            {
                "prefill": [[*run, ["post", 0, 0]]],
                "decode": [[["pre", 0, 0], *[[n, 0, 1024 * tokens] for n in range(LAYERS)], ["post", 0, 0]]],
                "classes": [0] * LAYERS,
                "kv_cache": [1024 * tokens] * LAYERS,
                "slack": {"expandable": 20 * MIB, "native": 60 * MIB, "native_least": 60 * MIB, "unsplit": 0},
            }
        )
    names = {"pre": ["embed"], "post": ["head"]}
    weights = {"pre": LAYER, "layers": [LAYER] * LAYERS, "post": LAYER, "names": names}
    return {
        "weights": {**weights, "list": "layers", "tied": False, "load_transient": 0, "load_least": 0},
        "traces": traces,
    }


def ask(gpus: str = "4GiB", limit: float | str = 1.0, context: int = 4096, **work: Any) -> PlanInput:
    model = Model("nowhere", LLAMA_8B, "bfloat16", 18 * LAYER)
    return PlanInput(model, Workload(context, **work), tuple(parse_gpus(gpus)), Limit.parse(limit))


LIMITS: Any = (
    st.floats(0.3, 1).map(lambda limit: round(limit, 2))
    | st.integers(700, 4000).map(lambda size: f"{size}MiB")
    | st.integers(1, 2000).map(lambda size: f"-{size} MB")
)


def test_a_run_that_fits_has_no_ways_out() -> None:
    plan = with_ways_out(make_plan(ask(), linear), linear)
    assert plan.verdict == "fits" and plan.ways_out == []
    assert plan.demand.weights == 18 * LAYER
    assert plan.live_peak < plan.reserved_peak <= plan.allowed


@settings(max_examples=60)
@given(
    st.integers(64, 60_000),
    st.integers(1, 6),
    st.sampled_from(["2GiB", "4GiB", "2GiB,2GiB", "1GiB,3GiB"]),
    LIMITS,
)
def test_every_way_out_fits(context: int, batch: int, gpus: str, limit: float | str) -> None:
    request = replace(ask(gpus, limit, context, batch=batch), accepted=CHANGES)
    plan = with_ways_out(make_plan(request, linear), linear)
    for way in plan.ways_out:
        changed = plan.input
        to: Any = way["to"]
        if way["change"] == "limit":
            changed = replace(changed, limit=Limit.parse(to))
            budgets = [(gpu.budget(changed.limit), gpu.budget(plan.input.limit)) for gpu in changed.gpus]
            assert all(raised >= before for raised, before in budgets) and any(a > b for a, b in budgets)
        else:
            change: Any = {way["change"]: to}
            changed = changed.with_work(**change)
        assert make_plan(changed, linear).verdict == "fits"


@settings(max_examples=60)
@given(st.integers(64, 60_000), st.sampled_from(["2GiB", "1GiB,1GiB", "1GiB,2GiB,1GiB"]), LIMITS)
def test_a_plan_that_fits_never_goes_over_the_budget_of_any_gpu(context: int, gpus: str, limit: float | str) -> None:
    plan = make_plan(ask(gpus, limit, context), linear)
    for gpu in plan.as_json()["gpus"]:
        if plan.verdict == "fits":
            assert gpu["total"] <= gpu["budget"]
        assert gpu["live_peak"] >= gpu["weights"] + gpu["kv_cache"] * 0.99


def replayed(forwards: list[tuple[Segments, bool]], classes: list[int], device: list[int], count: int) -> list[int]:
    """Step by step over all devices: what `TracedFootprint` tells of each without the others. device[-1] is that of "post"."""
    kept, peaks = [0] * count, [0] * count
    for run, counts in forwards:
        needs = {at: peak for at, _, peak in run}
        for at, net, peak in run:
            where = device[at] if isinstance(at, int) else {"pre": 0, "post": device[-1]}[at]
            above = peak if isinstance(at, str) else needs[classes[at]]
            if counts:
                peaks[where] = max(peaks[where], kept[where] + above + (max(0, run[0][1]) if where else 0))
            kept[where] += net
    return peaks


@given(st.data())
def test_each_device_holds_what_a_replay_of_all_devices_gives(data: st.DataObject) -> None:
    layers = data.draw(st.integers(1, 6))
    classes = [data.draw(st.sampled_from([0, number])) if number < 2 else 0 for number in range(layers)]
    size = st.integers(-5, 60)
    order = ["pre", *range(layers), "post"]
    if data.draw(st.booleans()):  # a model may come back to a layer
        order.insert(2, data.draw(st.sampled_from(["pre", 0])))
    runs = [
        ([[place, data.draw(size), 60 + data.draw(size)] for place in order], data.draw(st.booleans()))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    ends = sorted(data.draw(st.lists(st.integers(0, layers), min_size=1, max_size=2))) + [layers]
    device = [next(n for n, end in enumerate(ends) if at < end) for at in range(layers)]
    begins = [-1, *ends[:-1]]
    last = len(ends) - 1
    spans = [[(begin, end)] if begin < end else [] for begin, end in zip(begins, ends, strict=True)]
    spans[last].append((layers, layers + 1))
    computed = [TracedFootprint([runs], classes).peak(tuple(spans[n]), n == 0) for n in range(len(ends))]
    assert computed == replayed(runs, classes, [*device, last], len(ends))


def test_a_run_too_large_for_the_gpu_is_offloaded_and_says_how_much() -> None:
    plan = make_plan(ask("2GiB", 0.6), linear)
    assert plan.verdict == "does_not_fit" and plan.offload is not None
    assert 0 < plan.offloaded < plan.demand.weights
    offload = plan.as_json()["offload"]
    assert offload is not None and offload["weights_on_cpu"] == plan.offloaded
    assert plan.demand.device_map(plan.offload.device_of)["layers.15"] == "cpu"


def test_the_largest_context_fits_and_is_near_the_edge() -> None:
    found = largest_context(ask("2GiB"), linear, 1 << 20)
    assert found is not None and found.verdict == "fits"
    beyond = make_plan(found.input.with_work(context=int(found.input.work.context * 1.02) + 64), linear)
    assert beyond.verdict != "fits"


def test_a_model_that_cannot_be_traced_falls_back_and_says_so() -> None:
    def no_trace(_: TraceRequest) -> Any:
        return {"error": say("plan.not_traceable", reason="strange").as_json()}

    plan = make_plan(ask("40GiB"), no_trace)
    assert plan.demand.method == "closed_form" and "strange" in str(plan.demand.reason)
    unknown = replace(ask("40GiB"), model=Model("nowhere", {}, "bfloat16"))
    assert make_plan(unknown, no_trace).verdict == "cannot_tell"


def test_ways_out_as_a_sentence() -> None:
    ways: Any = [{"change": "batch", "from": 8, "to": 5}, {"change": "limit", "from": 0.6, "to": 0.68}]
    assert str(describe_ways_out(ways)) == "batch 8 -> 5 or limit 0.6 -> 0.68"


@given(st.integers(1, 1 << 21), st.integers(0, 5000))
def test_a_plan_accepts_what_the_run_accepts(context: int, new_tokens: int) -> None:
    """The room that the sentence names is accepted; one token more is not."""
    model = Model("nowhere", {"max_position_embeddings": 4096}, "bfloat16")
    try:
        check_context(model, context, new_tokens)
    except ModelError as error:
        assert context + new_tokens > 4096
        if found := re.search(r"shorten the context to (\d+)", str(error)):
            check_context(model, int(found[1]), new_tokens)
            with pytest.raises(ModelError):
                check_context(model, int(found[1]) + 1, new_tokens)
    else:
        assert context + new_tokens <= 4096


def ways(**more: Any) -> set[str]:
    request = replace(ask("12GiB", 0.6, 60_000, batch=4), **more)
    found = with_ways_out(make_plan(request, linear), linear)
    assert found.verdict == "does_not_fit"
    return {way["change"] for way in found.ways_out}


def test_only_changes_that_the_run_accepts_are_ways_out() -> None:
    assert ways() == {"batch", "context", "chunk", "kv_offload", "kv_quantized", "limit"}
    assert ways(accepted=frozenset({"chunk"})) == {"chunk", "limit"}
    questions = Workload(60_000, 4, kind="choose", padded=True)  # their length is given
    assert ways(work=questions) == {"batch", "limit"}
    # The longest that fits is shorter than what needles and question take.
    assert "context" not in ways(least_context=55_000)


def test_an_answer_is_cached_by_the_content_of_the_config(tmp_path: Path) -> None:
    asked = []

    def source(request: TraceRequest) -> Any:
        asked.append(request)
        return {"weights": {}, "traces": []}

    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    request: Any = {
        "path": str(model),
        "dtype": "bfloat16",
        "kernels": "sm_80",
        "trust_remote_code": False,
        "native": False,
        "works": [],
    }
    kept = cached_on_disk(source, tmp_path / "plans")
    assert kept(request) == kept(request) and len(asked) == 1
    (model / "config.json").write_text('{"a": 1}')
    kept(request)
    assert len(asked) == 2


def by_hand(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HEADROOM_HOME": str(home), "PATH": "/usr/bin:/bin"}
    folder = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "lbs.plan", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120, check=False
    )


@pytest.mark.slow
def test_the_command_plans_a_config_alone_for_a_described_gpu(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    words = [
        str(tmp_path),
        "--context",
        "8192",
        "--batch",
        "4",
        "--dtype",
        "bfloat16",
        "--gpu",
        "24GiB",
        "--limit",
        "0.8",
    ]
    done = by_hand(*words, "--json", home=tmp_path / "home")
    plan = json.loads(done.stdout)
    assert done.returncode == 1 and plan["verdict"] == "does_not_fit" and plan["method"] == "traced"
    assert plan["weights"] / MIB == pytest.approx(15317, rel=0.001)
    assert plan["live_peak"] / MIB == pytest.approx(23129, rel=0.005)  # docs/facts-memory.md: batch 4, 8k
    assert plan["budget"] == int(0.8 * 24 * GIB) and plan["kv_cache"] / MIB == pytest.approx(4112, rel=0.001)
    changes = [way["change"] for way in plan["ways_out"]]
    assert changes == ["batch", "context", "kv_offload", "kv_quantized", "limit"]
    assert "Verdict: does not fit" in by_hand(*words, home=tmp_path / "home").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere", "--gpu", "24GiB"], "no config.json"),
        ([".", "--gpu", "24 potatoes"], "such as 24GiB"),
        (["MODEL", "--gpu", "24 potatoes"], "such as 24GiB"),
        (["MODEL", "--gpu", "24GiB", "--limit", "-2G"], "such as -2GiB"),
        (["MODEL", "--gpu", "24GiB", "--context", "0"], "whole number from 1"),
    ],
)
def test_the_command_refuses_bad_input_with_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    done = by_hand(*[str(tmp_path) if word == "MODEL" else word for word in words], home=tmp_path / "home")
    assert done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1
