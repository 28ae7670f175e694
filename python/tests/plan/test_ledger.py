"""What measured runs and out-of-memory errors change in later plans, and what they never change."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.memory.limit import MIB
from lbs.plan import (
    Corrections,
    Ledger,
    LedgerKey,
    Model,
    Plan,
    Workload,
    factor_shown,
    make_plan,
    parse_gpus,
    remember,
)
from lbs.plan import learning as learning_module
from lbs.plan.ledger import kind_of, size_of
from tests.plan.test_plan import ask, linear

KEY = LedgerKey("abc", "bfloat16", "RTX", True)
WORK = Workload(4096)
RATIOS = st.lists(st.floats(0.01, 40), min_size=1, max_size=8)


def corrections(*ratios: float, work: Workload = WORK) -> Corrections:
    return Corrections({(kind_of(work), size_of(work)): ratios})


def plan(found: Corrections, gpus: str = "4GiB", **work: Any) -> Plan:
    return make_plan(replace(ask(gpus, **work), corrections=found), linear)


@given(RATIOS, st.integers(64, 60_000), st.integers(1, 8))
def test_a_corrected_peak_is_never_below_weights_and_cache(ratios: list[float], context: int, batch: int) -> None:
    work = Workload(context, batch)
    found = plan(corrections(*ratios, work=work), context=context, batch=batch)
    assert found.demand.weights == plan(Corrections()).demand.weights
    assert found.live_peak >= found.demand.weights + found.kv_cache
    assert found.live_peak == found.demand.weights + found.kv_cache + found.activations


@given(RATIOS, st.data())
def test_a_larger_measured_peak_never_lowers_a_plan(ratios: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ratios) - 1))
    more = [*ratios[:at], ratios[at] * data.draw(st.floats(1, 3)), *ratios[at + 1 :]]
    assert plan(corrections(*more)).reserved_peak >= plan(corrections(*ratios)).reserved_peak


@given(RATIOS)
def test_only_three_agreeing_runs_lower_a_plan(ratios: list[float]) -> None:
    uncorrected, found = plan(Corrections()), plan(corrections(*ratios))
    if found.reserved_peak < uncorrected.reserved_peak:
        assert len(ratios) >= 3 and max(ratios[-5:]) < 1
    if len(ratios) < 3 and uncorrected.verdict == "does_not_fit":
        assert found.verdict != "fits"


@given(st.floats(1.01, 3), st.integers(6, 20), st.integers(6, 20))
def test_a_raise_holds_for_larger_work_of_its_kind_only(ratio: float, at: int, other: int) -> None:
    found = corrections(ratio, work=Workload((1 << at) - 32))
    factor = found.of(Workload((1 << other) - 32)).factor
    assert factor == pytest.approx(ratio if other >= at else 1.0)
    assert found.of(Workload((1 << other) - 32, kind="choose", padded=True)).factor == 1.0


def test_runs_of_another_kind_do_not_lower_a_plan_below_its_weights() -> None:
    """Two needle runs at 0.936 of the whole once made a C-Eval plan smaller than its weights."""
    found = plan(corrections(0.936, 0.936), context=200, batch=16, kind="choose", padded=True)
    assert found.live_peak > found.demand.weights and found.input.correction.runs == 0


def test_the_ledger_is_read_by_key_and_version(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    old = {"key": KEY.text(), "predicted": 100, "measured": 50}
    file.write_text("".join(json.dumps(line) + "\n" for line in [old, {**old, "v": 1}, {**old, "v": 2}]))
    ledger = Ledger(file)
    assert ledger.corrections(KEY) == ledger.corrections(None) == Corrections()
    for measured in (110, 104, 106):
        ledger.add(KEY, WORK, 100 * MIB, measured * MIB)
    with file.open("a") as text:
        text.write('{"v": 2, "key": "abc NaN')
    assert ledger.corrections(KEY).of(WORK).factor == pytest.approx(1.1)
    assert ledger.corrections(KEY).of(WORK).runs == 3
    for other in (replace(KEY, gpu="H100"), replace(KEY, expandable=False), replace(KEY, dtype="float16")):
        assert ledger.corrections(other) == Corrections()


def test_runs_on_one_card_do_not_correct_those_beside_another(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    model = Model(str(tmp_path / "config.json"), {}, "float16")
    keys = [LedgerKey.of(model, parse_gpus(text), True) for text in ("T4", "2x T4", "T4, A100 80GB", "A100 80GB, T4")]
    assert keys[0] == keys[1] and keys[2] == keys[3] and keys[0] != keys[2]


def _add(path: Path, times: int) -> None:
    for _ in range(times):
        Ledger(path).add(KEY, WORK, 100, 105)


def test_no_line_of_simultaneous_writers_is_lost(tmp_path: Path) -> None:
    path, context = tmp_path / "ledger.jsonl", multiprocessing.get_context("fork")
    writers = [context.Process(target=_add, args=(path, 40)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(path.read_text().splitlines()) == 160
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.jsonl", "ledger.lock"]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    found = Ledger(tmp_path / "ledger.jsonl")
    monkeypatch.setattr(learning_module, "Ledger", lambda: found)
    monkeypatch.setattr(LedgerKey, "of", lambda *_: KEY)
    return found


@given(share=st.floats(1.001, 3))
def test_after_an_out_of_memory_error_the_same_run_is_predicted_to_need_more(share: float) -> None:
    found = plan(Corrections())
    wanted = {0: int(found.reserved_peak * share)}
    again = plan(Corrections().at_least(factor_shown(found, wanted)))
    assert again.live_peak >= wanted[0]


def test_a_run_that_ran_out_of_memory_does_not_fit_again(ledger: Ledger) -> None:
    found = plan(Corrections(), "3GiB", context=16000)
    assert found.verdict == "fits"
    (gpu,) = found.gpus
    remember(found, {0: gpu.live_peak - 1}, ran_out=True)  # others took the memory: no fault of the plan
    assert ledger.corrections(KEY) == Corrections()
    remember(found, {0: gpu.allowed + 100 * MIB}, ran_out=True)
    again = plan(ledger.corrections(KEY), "3GiB", context=16000)
    assert again.verdict == "does_not_fit" and again.input.correction.runs == 1
    assert again.live_peak == pytest.approx(gpu.allowed + 100 * MIB, abs=MIB)


@pytest.mark.parametrize(("share", "runs"), [(1.25, 1), (0.95, 3)])
def test_runs_correct_a_plan_to_what_they_measured(ledger: Ledger, share: float, runs: int) -> None:
    uncorrected = plan(Corrections())
    weights = uncorrected.demand.weights
    measured = weights + share * (uncorrected.reserved_peak - weights - 32 * MIB) + 32 * MIB  # the workspace is fixed
    for count in range(runs):
        found = plan(ledger.corrections(KEY))  # each run measures the same, under the corrections so far
        assert found.reserved_peak == uncorrected.reserved_peak and found.input.correction.runs == count
        remember(found, {0: int(measured)})
    corrected = plan(ledger.corrections(KEY))
    assert corrected.reserved_peak == pytest.approx(measured, abs=MIB / 2)
    remember(corrected, {0: int(measured)})
    assert plan(ledger.corrections(KEY)).reserved_peak == pytest.approx(measured, abs=MIB / 2)


def loads_more(request: Any) -> Any:
    answer = linear(request)
    answer["weights"]["load_transient"] = answer["weights"]["load_least"] = 1500 * MIB
    return answer


def test_experts_are_copied_one_by_one_where_that_alone_makes_the_run_fit() -> None:
    def experts(request: Any) -> Any:
        answer = linear(request)
        answer["weights"] |= {"load_transient": 1500 * MIB, "load_least": 100 * MIB}
        return answer

    roomy, narrow, full = (make_plan(ask(gpus), experts) for gpus in ("8GiB", "3GiB", "1500MiB"))
    assert (roomy.verdict, roomy.demand.one_by_one) == ("fits", False)
    assert (narrow.verdict, narrow.demand.one_by_one) == ("fits", True)
    assert "one at a time" in str(narrow.demand.reason) and narrow.loading < roomy.loading
    assert (full.verdict, full.demand.one_by_one) == ("does_not_fit", False)


def test_loading_that_needs_more_than_running_is_told_apart(ledger: Ledger) -> None:
    found = make_plan(ask(), loads_more)
    (gpu,) = found.as_json()["gpus"]
    usual = make_plan(ask(), linear)
    assert found.activations == usual.activations and found.loading == gpu["loading"] > 1000 * MIB
    assert gpu["weights"] + gpu["kv_cache"] + gpu["activations"] + gpu["loading"] == gpu["live_peak"]
    assert gpu["reserved_peak"] == gpu["weights"] + gpu["load_transient"]
    assert "loading needs" in str(found.needs) and "loading needs" not in str(usual.needs)
    remember(found, {0: gpu["reserved_peak"]})  # measures the loading, which says nothing of the run
    assert ledger.corrections(KEY) == Corrections()
