"""Every bundled scenario over its whole time, and the errors of wrong ones."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smi_emulator import main, tables
from smi_emulator.cards import MIB, EmulatorError, Holder
from smi_emulator.emulator import cards_of
from smi_emulator.fields import number, text
from smi_emulator.ramps import Ramp, ramp_of, steps_of
from smi_emulator.scenario import FOLDER, Scenario

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FAILING = {"no-driver": 9, "driver-mismatch": 18, "fails-for-one": 255}
TIMES = [0, 7, 10, 20, 61, 700]
# Linux gives no pid above this (PID_MAX_LIMIT of a 64-bit kernel).
PID_MAX = 4_194_304


def scenario_json(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.yaml").read_text())


def at(seconds: float, value: Any) -> Scenario:
    return Scenario(value, time.time() - seconds)


def ask(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("HEADROOM_SCENARIO", name)
    monkeypatch.setenv("HEADROOM_SCENARIO_BEGAN", str(time.time() - seconds))
    out = io.StringIO()
    with redirect_stdout(out), monkeypatch.context() as quiet:
        # The handlers of this very process must stay as they are.
        quiet.setattr("signal.signal", lambda *_: None)
        return main.main(list(words)), out.getvalue()


@pytest.mark.parametrize("seconds", TIMES)
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_well_formed(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float) -> None:
    code, said = ask(monkeypatch, name, seconds, "-L")
    if code:
        assert code == FAILING[name] and said.endswith("\n")
        return
    cards = cards_of(at(seconds, scenario_json(name)))
    assert re.findall(r"^GPU (\d+): .+ \(UUID: GPU-\S+\)$", said, re.M) == [str(card.index) for card in cards]

    fields = list(tables.GPU_FIELDS)
    _, said = ask(monkeypatch, name, seconds, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits")
    rows = [dict(zip(fields, line.split(", "), strict=True)) for line in said.splitlines()]
    assert [row["index"] for row in rows] == [str(card.index) for card in cards]
    for row in rows:
        check_row(row)

    _, said = ask(monkeypatch, name, seconds, "--query-compute-apps=pid,used_memory,name", "--format=csv,noheader")
    apps = said.splitlines()
    assert all(re.fullmatch(r"\d+, (\d+ MiB|\[N/A\]), .+", line) for line in apps)

    _, said = ask(monkeypatch, name, seconds, "-q", "-x")
    check_report(said, rows, apps)


def test_a_gpu_that_makes_every_call_fail_leaves_the_others_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    query = ("--query-gpu=index", "--format=csv,noheader")
    answers = [ask(monkeypatch, "fails-for-one", 7, *query, "-i", gpu) for gpu in ("0", "1", "0,1")]
    assert [code for code, _ in answers] == [255, 0, 255]
    assert answers[1][1] == "1\n" and "device handle for GPU0000:01:00.0" in answers[0][1]
    assert ask(monkeypatch, "fails-for-one", 7, "--help-query-gpu")[0] == 0


def check_row(row: dict[str, str]) -> None:
    for name in ("utilization.gpu", "fan.speed", "temperature.gpu", "power.draw", "memory.used", "clocks.current.sm"):
        assert re.fullmatch(r"\d+(\.\d\d)?|\[N/A\]|\[GPU is lost\]", row[name]), name
    if row["memory.used"] == "[GPU is lost]":
        return
    assert re.fullmatch(r"0x[0-9A-F]{16}", row["clocks_event_reasons.active"])
    total, reserved, used, free = (int(row[f"memory.{part}"]) for part in ("total", "reserved", "used", "free"))
    assert abs(total - reserved - used - free) <= 1
    assert float(row["power.draw"]) <= float(row["enforced.power.limit"])


def check_report(said: str, rows: list[dict[str, str]], apps: list[str]) -> None:
    root = ElementTree.fromstring(said)
    gpus = root.findall("gpu")
    assert root.findtext("attached_gpus") == str(len(rows))
    assert [gpu.findtext("uuid") for gpu in gpus] == [row["uuid"] for row in rows]
    for gpu, row in zip(gpus, rows, strict=True):
        if row["memory.used"].startswith("["):
            assert gpu.findtext("fb_memory_usage/used") == "GPU is lost"
        else:
            assert gpu.findtext("fb_memory_usage/total") == row["memory.total"] + " MiB"
        assert gpu.findtext("mig_mode/current_mig") == row["mig.mode.current"].strip("[]")
        active = [one for one in gpu.findall("clocks_event_reasons/*") if one.text == "Active"]
        if row["clocks_event_reasons.active"].startswith("0x"):
            assert len(active) == int(row["clocks_event_reasons.active"], 16).bit_count()
    pids = [info.findtext("pid") for info in root.iter("process_info") if "C" in (info.findtext("type") or "")]
    assert pids == [line.split(",")[0] for line in apps]


@pytest.mark.parametrize("name", NAMES)
def test_invented_pids_never_match_a_real_process(name: str) -> None:
    assert all(other["pid"] > PID_MAX for other in scenario_json(name).get("others", []))


def test_a_ramp_fills_the_card_and_leaves_nothing_free() -> None:
    value = scenario_json("ramp")
    cards = cards_of(at(0, value))
    (early,), (late,) = (tables.readings(cards, 1, [], at(when, value), {}) for when in (0, 3600))
    assert early.free > cards[0].total // 2
    assert late.free == 0 and late.used + late.reserved == cards[0].total


def test_a_leak_grows_while_nothing_computes() -> None:
    value = scenario_json("leak")
    cards = cards_of(at(0, value))
    used = [tables.readings(cards, 1, [], at(when, value), {})[0] for when in range(0, 100, 10)]
    assert all(before.used < after.used and not after.busy for before, after in pairwise(used))


def test_a_lost_gpu_comes_back_and_the_other_stays() -> None:
    value = scenario_json("lost-and-back")
    first, second = cards_of(at(0, value))
    said = [at(when, value).cell(first) for when in (1, 8, 11, 30)]
    assert said == ["", "[GPU is lost]", "[GPU is lost]", ""]
    assert all(at(when, value).cell(second) == "" for when in (1, 8, 11, 30))


def test_mig_lists_its_instances_and_counts_what_is_on_each(monkeypatch: pytest.MonkeyPatch) -> None:
    _, listing = ask(monkeypatch, "mig", 0, "-L")
    found = re.findall(r"^  MIG (\S+) +Device +(\d+): \(UUID: (MIG-\S+)\)$", listing, re.M)
    assert [profile for profile, _, _ in found] == ["3g.40gb", "1g.10gb", "1g.10gb"]
    assert len({uuid for _, _, uuid in found}) == 3

    _, said = ask(monkeypatch, "mig", 0, "-q", "-x", "-i", "0")
    gpu = ElementTree.fromstring(said).find("gpu")
    assert gpu is not None and gpu.findtext("utilization/gpu_util") == "N/A"
    held = {one.findtext("gpu_instance_id"): one.findtext("used_memory") for one in gpu.iter("process_info")}
    devices = gpu.findall("mig_devices/mig_device")
    assert [one.findtext("index") for one in devices] == [device for _, device, _ in found]
    assert {one.findtext("gpu_instance_id"): one.findtext("fb_memory_usage/used") for one in devices} == held


def test_a_worker_on_a_mig_card_is_on_its_first_instance() -> None:
    from smi_emulator import report

    scenario = at(0, scenario_json("mig"))
    cards = cards_of(scenario)
    worker = Holder(1, "worker", {0: 100 * MIB})
    reading = tables.readings(cards, 1, [worker], scenario, {})[0]
    gpu = ElementTree.fromstring(report.xml([report.CardView(reading, [worker], scenario.mig(cards[0]), False)]))
    assert [one.findtext("fb_memory_usage/used") for one in gpu.iter("mig_device")] == ["100 MiB", "0 MiB", "0 MiB"]


def test_windows_lists_processes_without_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--query-compute-apps=used_gpu_memory,process_name", "--format=csv,noheader,nounits")
    _, said = ask(monkeypatch, "windows", 0, *words)
    assert len(said.splitlines()) > 5
    assert all(re.fullmatch(r"\[N/A\], [A-Z]:\\.+\.exe", line) for line in said.splitlines())


def test_names_of_processes_are_escaped_in_xml_and_their_commas_replaced_in_csv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = 'a & b <c>, "d"'
    file = tmp_path / "names.yaml"
    file.write_text(json.dumps({"others": [{"pid": 5_000_001, "name": name, "share": 0.1}]}))
    _, said = ask(monkeypatch, str(file), 0, "-q", "-x")
    assert [one.text for one in ElementTree.fromstring(said).iter("process_name")] == [name]
    _, said = ask(monkeypatch, str(file), 0, "--query-compute-apps=process_name", "--format=csv,noheader")
    assert said == name.replace(",", "?") + "\n"


def test_chunks_are_one_write_for_each_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    writes: list[str] = []

    class Pieces(io.StringIO):
        def flush(self) -> None:
            writes.append(self.getvalue())
            self.truncate(self.seek(0))

    for chunks, expected in ((True, ["0", ", [N/A]", ", 256", "\n"]), (False, ["0, [N/A], 256\n"])):
        (tmp_path / "chunks.yaml").write_text(json.dumps({"chunks": chunks}))
        monkeypatch.setenv("HEADROOM_SCENARIO", str(tmp_path / "chunks.yaml"))
        monkeypatch.setattr("signal.signal", lambda *_: None)
        writes.clear()
        monkeypatch.setattr(sys, "stdout", Pieces())
        main.main(["--query-gpu=index,fan.speed,memory.total", "--format=csv,noheader,nounits"])
        assert writes == expected


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "The scenario must be an object"),
        ({"other": []}, "The scenario has an unknown key 'other': the keys are description,"),
        ({"others": {}}, "The scenario.others must be a list"),
        ({"others": [{"pid": 1, "name": "x"}]}, "The scenario.others[0] lacks the key 'share'"),
        ({"others": [{"pid": 1, "name": "x", "share": 1.5}]}, "others[0].share is a share of the card"),
        ({"others": [{"pid": True, "name": "x", "share": 0}]}, "others[0].pid must be a number"),
        ({"others": [{"pid": 1, "name": "x", "share": 0, "grow": 1}]}, "others[0] has an unknown key 'grow'"),
        ({"others": [{"pid": 1, "name": "x", "share": 0, "type": "X"}]}, "type must be one of C, G, C+G"),
        ({"others": [{"pid": 1, "name": "x", "share": [[5, 0], [4, 1]]}]}, "share[1] is earlier than the point"),
        ({"others": [{"pid": 1, "name": "x", "share": [[5]]}]}, "share[0] must be a point"),
        ({"cards": "24"}, "The scenario.cards is '24': write sizes"),
        ({"cards": [{"total": "24"}]}, "cards[0].total is '24': write a size"),
        ({"figures": [{"utilisation": 3}]}, "figures[0] has an unknown key 'utilisation': the keys are gpus,"),
        ({"figures": [{"utilization.gpu": "much"}]}, "utilization.gpu must be a number, points, or a word"),
        ({"figures": [{"utilization.gpu": float("nan")}]}, "utilization.gpu must be a number"),
        (
            {"figures": [{"clocks_event_reasons.active": ["warm"]}]},
            "'warm' is not a throttle reason; the reasons are gpu_idle",
        ),
        ({"cells": [{"gpu": 0}]}, "cells[0] lacks the key 'text'"),
        ({"cells": [{"gpu": 0, "text": "x", "after_s": 5, "until_s": 5}]}, "cells[0] ends before it begins"),
        ({"figures": [{"fan.speed": 10**400}]}, "fan.speed must be a number from 0 to"),
        ({"others": [{"pid": 1.5, "name": "x", "share": 0}]}, "others[0].pid must be a whole number"),
        ({"fail": {"exit": 9}}, "fail lacks the key 'says'"),
        ({"driver_model": "TCC"}, "driver_model must be one of WDDM"),
        ({"chunks": 1}, "chunks must be true or false"),
        ({"mig": [{"profile": "1g.10gb", "total": "1GiB"}]}, "mig[0] lacks the key 'gpu_instance'"),
    ],
)
def test_an_error_of_a_scenario_names_its_place(value: Any, says: str) -> None:
    with pytest.raises(EmulatorError, match=re.escape(says)):
        Scenario(value, 0)


LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["", "C", "[N/A]", "24GiB", "x"])
)
ANYTHING = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3), max_leaves=6)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in places(each, (*path, key)))]


def with_another(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = with_another(value[path[0]], path[1:], other)
    return copy


@settings(deadline=None)  # it reads files
@given(st.data())
def test_a_scenario_with_any_value_in_one_place_works_or_is_refused(data: st.DataObject) -> None:
    value = scenario_json(data.draw(st.sampled_from(NAMES)))
    value = with_another(value, data.draw(st.sampled_from(places(value))), data.draw(ANYTHING))
    try:
        scenario = at(5, value)
    except EmulatorError as error:
        assert str(error).startswith("The scenario")
        return
    cards = cards_of(scenario)
    for reading in tables.readings(cards, len(cards), [], scenario, {}):
        assert len(tables.gpu_row(reading, list(tables.GPU_FIELDS), True)) == len(tables.GPU_FIELDS)


FIGURE = st.floats(0, 1e6)
TIME = st.floats(0, 1e5)


@given(st.lists(st.tuples(TIME, FIGURE), min_size=1, max_size=8), st.floats(-1e5, 2e5))
def test_a_ramp_stays_between_its_points_and_is_constant_outside(points: Any, seconds: float) -> None:
    points.sort(key=lambda point: point[0])
    value = Ramp(points).at(seconds)
    before = [point for point in points if point[0] <= seconds]
    after = [point for point in points if point[0] > seconds]
    near = [figure for _, figure in (before[-1:] or after[:1]) + (after[:1] or before[-1:])]
    assert min(near) - 1e-6 <= value <= max(near) + 1e-6


@given(st.lists(st.tuples(TIME, FIGURE), min_size=1, max_size=8, unique_by=lambda point: point[0]))
def test_a_ramp_goes_through_its_points(points: Any) -> None:
    points.sort(key=lambda point: point[0])
    assert [Ramp(points).at(time) for time, _ in points] == [figure for _, figure in points]


@given(TIME, TIME, FIGURE, FIGURE, st.floats(0, 1))
def test_a_ramp_is_straight(begin: float, end: float, low: float, high: float, part: float) -> None:
    assume(end - begin > 1e-3)
    value = ramp_of(number)([[begin, low], [end, high]], "x").at(begin + part * (end - begin))
    assert value == pytest.approx(low + part * (high - low), abs=1e-3 * max(1, abs(high - low)))


def test_two_points_at_one_time_are_a_jump_and_words_hold_until_the_next() -> None:
    jump = ramp_of(number)([[0, 2], [9, 2], [9, 3]], "x")
    assert [jump.at(when) for when in (0, 8.9, 9, 100)] == [2, 2, 3, 3]
    steps = steps_of(text)([[5, "a"], [9, "b"]], "x")
    assert [steps.at(when) for when in (0, 5, 8.9, 9)] == ["a", "a", "a", "b"]
    assert steps_of(text)("c", "x").at(3) == "c"
