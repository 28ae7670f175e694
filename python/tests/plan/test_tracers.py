"""Several plans at one time: one tracer that is stuck holds up nobody, and no trace goes on for nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from lbs.plan import Deadline, PlanInput, TooLate, Tracers, plan_in_time, tracer_process, until
from lbs.plan.trace_types import TraceRequest
from lbs.plan.tracers import LEAST_ROOM, WARM_ROOM
from tests.plan.test_plan import ask, linear

CHILD = """
import json, sys, time
open(sys.argv[1], "a").write("warm\\n" if "--warm" in sys.argv else "start\\n")
print("{}", flush=True)
for line in sys.stdin:
    name = json.loads(line)["path"]
    open(sys.argv[1], "a").write(name + "\\n")
    time.sleep(float(name.partition(" ")[2] or 0))
    if name == "dies":
        sys.exit(1)
    print(json.dumps({"traces": [name]}), flush=True)
"""


def asked(tracers: Tracers, name: str) -> Any:
    return tracers(request(name))


def request(name: str) -> TraceRequest:
    return {
        "path": name,
        "dtype": "bfloat16",
        "kernels": "sm_80",
        "trust_remote_code": False,
        "native": False,
        "works": [],
    }


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the children were asked."""
    (tmp_path / "child.py").write_text(CHILD)
    file = tmp_path / "log"
    monkeypatch.setattr(tracer_process, "COMMAND", (sys.executable, str(tmp_path / "child.py"), str(file)))
    return lambda: file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def tracers(log: Callable[[], list[str]]) -> Iterator[Tracers]:
    found = Tracers(seconds=30)
    yield found
    found.close()
    assert not children()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if any("child.py" in word for word in child.cmdline())]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_thread(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    return thread, found


def late(tracers: Tracers, name: str, deadline: Deadline) -> str:
    try:
        with until(deadline):
            tracers(request(name))
    except TooLate:
        return "too late"
    return "answered"


def test_another_plan_is_answered_while_a_tracer_is_stuck(tracers: Tracers, log: Callable[[], list[str]]) -> None:
    assert asked(tracers, "first") == {"traces": ["first"]}
    (child,) = children()
    os.kill(child.pid, signal.SIGSTOP)
    deadline = Deadline(60)
    stuck, result = in_thread(lambda: late(tracers, "stuck", deadline))
    time.sleep(0.2)
    with until(Deadline(15)):
        assert asked(tracers, "second") == {"traces": ["second"]}
    assert stuck.is_alive()
    deadline.abandon()  # its client hung up
    stuck.join(10)
    assert result == ["too late"]
    wait_for(lambda: not child.is_running())
    assert "stuck" not in log()


def test_a_deadline_kills_the_trace_and_the_next_one_starts_anew(
    tracers: Tracers, log: Callable[[], list[str]]
) -> None:
    assert late(tracers, "sleeps 60", Deadline(0.5)) == "too late"
    with until(Deadline(15)):
        assert asked(tracers, "next") == {"traces": ["next"]}
    assert log().count("start") == 2


def test_equal_requests_are_one_trace_which_lives_as_long_as_somebody_waits(
    tracers: Tracers, log: Callable[[], list[str]]
) -> None:
    deadline = Deadline(60)
    first, gone = in_thread(lambda: late(tracers, "same 1.5", deadline))
    second, found = in_thread(lambda: asked(tracers, "same 1.5"))
    wait_for(lambda: "same 1.5" in log())
    deadline.abandon()
    first.join(10)
    second.join(20)
    assert gone == ["too late"] and found == [{"traces": ["same 1.5"]}]
    assert log().count("same 1.5") == 1


def test_a_trace_that_nobody_waits_for_is_never_begun(tracers: Tracers, log: Callable[[], list[str]]) -> None:
    busy = [in_thread(partial(asked, tracers, name))[0] for name in ("one 3", "two 3")]
    wait_for(lambda: {"one 3", "two 3"} <= set(log()))
    assert late(tracers, "queued", Deadline(0.2)) == "too late"
    for thread in busy:
        thread.join(20)
    assert asked(tracers, "last") == {"traces": ["last"]} and "queued" not in log()


def test_without_a_plans_deadline_the_answer_is_an_error(log: Callable[[], list[str]]) -> None:
    impatient, patient = Tracers(seconds=0.3), Tracers(seconds=60)
    try:
        assert "longer than 0.3 s" in str(impatient(request("sleeps 60")))
        assert "exited without an answer" in str(patient(request("dies")))
    finally:
        impatient.close()
        patient.close()
    assert "exited" in str(patient(request("after the end")))


def test_close_ends_a_trace_in_progress(log: Callable[[], list[str]]) -> None:
    closing = Tracers()
    thread, found = in_thread(lambda: closing(request("sleeps 60")))
    wait_for(lambda: "sleeps 60" in log())
    before = time.monotonic()
    closing.close()
    thread.join(30)
    assert time.monotonic() - before < 30 and "exited" in str(found)


def test_a_warm_tracer_waits_for_requests_and_starts_again_after_it_was_killed(
    tracers: Tracers, log: Callable[[], list[str]]
) -> None:
    tracers.keep_warm()
    wait_for(lambda: log() == ["warm"])
    assert tracers.pids == [child.pid for child in children()]
    assert asked(tracers, "first") == {"traces": ["first"]}
    assert late(tracers, "sleeps 60", Deadline(0.5)) == "too late"
    wait_for(lambda: log() == ["warm", "first", "sleeps 60", "warm"])
    assert asked(tracers, "next") == {"traces": ["next"]} and log().count("start") == 0


def test_no_tracer_is_kept_where_system_ram_is_short(
    tracers: Tracers, log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lbs.plan.tracers._IDLE_SECONDS", 0.05)
    monkeypatch.setattr("lbs.plan.tracers.host_available", lambda: WARM_ROOM - 1)
    tracers.keep_warm()
    assert asked(tracers, "first") == {"traces": ["first"]} and log() == ["start", "first"]
    time.sleep(0.2)
    assert len(tracers.pids) == 1
    monkeypatch.setattr("lbs.plan.tracers.host_available", lambda: LEAST_ROOM - 1)
    wait_for(lambda: not tracers.pids)
    assert asked(tracers, "again") == {"traces": ["again"]}


def in_time(asked: PlanInput, traces: int) -> Any:
    """The plan whose time is up after so many traces."""
    deadline = Deadline(600)
    made: list[TraceRequest] = []

    def source(request: TraceRequest) -> Any:
        if len(made) == traces:
            deadline.abandon()
        deadline.check()
        made.append(request)
        return linear(request)

    with until(deadline):
        return plan_in_time(asked, source)


def test_a_plan_past_its_deadline_is_rough_and_has_no_verdict() -> None:
    found = in_time(ask("40GiB"), 0)
    assert found.verdict == "cannot_tell" and found.demand.method == "closed_form" and found.ways_out == []
    assert "stopped after 600 s" in str(found.demand.reason) and "shorter context" in str(found.demand.reason)


def test_a_search_past_its_deadline_keeps_what_it_found() -> None:
    whole = in_time(ask("4GiB", 0.5, 60_000, batch=4), 1000)
    assert whole.stopped is None and whole.as_json()["stopped_sentence"] is None
    for traces in (1, 3, 5):
        found = in_time(ask("4GiB", 0.5, 60_000, batch=4), traces)
        assert found.verdict == "does_not_fit" and found.demand.method == "traced"
        assert found.ways_out == whole.ways_out[: len(found.ways_out)] and len(found.ways_out) < len(whole.ways_out)
        assert found.as_json()["stopped_sentence"] is not None and "600 s" in str(found.stopped)


def test_a_tracer_whose_parent_is_gone_exits_before_its_imports_end() -> None:
    done = subprocess.run(
        [*tracer_process.COMMAND, "--warm"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b""
