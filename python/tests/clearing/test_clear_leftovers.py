"""Real leftover processes: the clearing tool terminates those of our backend, and no others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearing.common import HERE
from clearing.leftovers import guarded, is_orphan, leftovers, lineage
from clearing.processes import SERVER, Process, is_server, is_worker
from tests.guardian.test_guardian import GUARDIAN, is_alive
from tests.smi_emulator.test_emulator import hold, start_time
from tests.support.backend import FOLDER, started, until
from tests.support.clearing import TOOL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc"),
    # One at a time: the tool terminates every orphan that it finds on the machine.
    pytest.mark.xdist_group("clearing"),
]

SLEEP = "import time; time.sleep(600)"
# Its fork becomes a child of init, in another session than init's.
ORPHAN = f"import os\nif os.fork(): os._exit(0)\nprint(os.getpid(), flush=True); {SLEEP}"


def tool(*words: str, **variables: str) -> tuple[int, dict[str, Any]]:
    env = {**os.environ, "HEADROOM_NVIDIA_SMI": "emulator", "LBS_EMULATED_GPUS": "256MiB", "LBS_PORT": "1", **variables}
    done = subprocess.run(
        [sys.executable, TOOL, "--json", *words], cwd="/", env=env, capture_output=True, text=True, timeout=60
    )
    return done.returncode, json.loads(done.stdout)


def actions(report: dict[str, Any], pid: int) -> list[str]:
    return [action["did"] for action in report["actions"] if action["pid"] == pid]


@contextmanager
def running(*words: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*words], env={**os.environ, **variables}, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def orphan() -> Iterator[int]:
    """A worker of this checkout without a server, which holds 64 MiB of the emulated GPU."""
    words = [sys.executable, "-c", ORPHAN, "-m", "lbs.worker"]
    process = subprocess.Popen(words, cwd=FOLDER, start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.wait()
    hold(pid, start_time(pid), {"0": 64 << 20})
    yield pid
    if is_alive(pid):
        os.kill(pid, signal.SIGKILL)


def test_a_worker_of_a_killed_server_is_terminated_and_its_memory_reclaimed(toy: Path, tmp_path: Path) -> None:
    # A cold start: a fork server kills its worker when the server exits.
    with started(tmp_path, warm=False, LBS_EMULATED_GPUS="256MiB") as backend:
        backend.wait_idle()
        req_id = backend.submit(toy, parameters={"context_lengths": [512], "depths": [0]})
        assert backend.wait_run(req_id)["status"] == "completed"
        backend.wait_idle()
        (worker,) = children(backend.pid)
        code, report = tool()
        assert code == 0 and actions(report, worker) == [] and is_alive(worker)
        assert [(one["pid"], one["whose"]) for one in report["holders"]] == [(worker, "this backend")]
        # It reports its memory from a thread: stopped in between, it would seem to hold nothing.
        until(lambda: reported_bytes(worker) >= 12 << 20)
        # It cannot notice that its stdin has ended, as one that the driver holds.
        os.kill(worker, signal.SIGSTOP)
        backend.process.kill()
        backend.process.wait()
        assert is_alive(worker)
        code, report = tool()
    assert code == 0 and actions(report, worker) == ["terminated, its owner has exited"] and not is_alive(worker)
    assert report["reclaimed"]["0"] == report["before"]["0"] - report["after"]["0"] >= 12 and report["holders"] == []


def reported_bytes(pid: int) -> int:
    """What the emulated nvidia-smi reads of a worker."""
    file = Path(os.environ["HEADROOM_HOME"]) / "emulator" / "held" / f"{pid}.json"
    return sum((json.loads(file.read_text("utf-8"))["gpus"] or {}).values()) if file.exists() else 0


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_dry_run_signals_nothing_and_the_next_run_does(orphan: int) -> None:
    code, report = tool("--dry-run")
    assert code == 0 and actions(report, orphan) == ["would be terminated, its owner has exited"] and is_alive(orphan)
    assert report["after"] is None and report["dry_run"]
    code, report = tool()
    assert code == 0 and report["reclaimed"] == {"0": 64} and not is_alive(orphan)


def test_a_process_with_a_marker_is_left_alone_while_its_guardian_or_server_runs() -> None:
    with running(sys.executable, "-c", SLEEP, HEADROOM_MARKER="m1") as carrier:
        with running(sys.executable, "-I", "-S", str(GUARDIAN), "m1") as guardian:
            assert tool()[0] == 0 and carrier.poll() is None
            # As the kernel does for want of memory: nothing is ended by the guardian any more.
            guardian.kill()
            guardian.wait()
        with running(sys.executable, "-c", SLEEP, "server.py", HEADROOM_MARKER="m1") as server:
            assert tool()[0] == 0 and carrier.poll() is None and server.poll() is None
        code, report = tool()
        assert code == 0 and actions(report, carrier.pid) == ["terminated, its owner has exited"]
        assert carrier.wait(5) == -15


def test_leftovers_of_another_panel_are_reported_and_left_alone(tmp_path: Path) -> None:
    with running(sys.executable, "-c", SLEEP, HEADROOM_MARKER="m2", HEADROOM_HOME=str(tmp_path / "other")) as carrier:
        code, report = tool()
        assert code == 0 and carrier.poll() is None
        assert actions(report, carrier.pid) == [f"left alone: run this with HEADROOM_HOME={tmp_path / 'other'}"]


def test_ancestors_of_the_tool_are_never_terminated() -> None:
    assert tool(HEADROOM_MARKER="m3")[0] == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts processes of another user")
def test_a_process_of_another_user_is_refused() -> None:
    env = {**os.environ, "HEADROOM_MARKER": "m4"}
    process = subprocess.Popen(["/bin/sleep", "600"], env=env, user=65534, cwd="/")
    try:
        hold(process.pid, start_time(process.pid), {"0": 8 << 20}, "/bin/sleep")
        code, report = tool()
        assert code == 0 and actions(report, process.pid) == [] and report["holders"][0]["whose"] == "another user's"
        code, report = tool("--pid", str(process.pid), "--yes")
        assert code == 2 and "another user" in report["problems"][0] and process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_the_backend_of_a_running_panel_is_refused() -> None:
    with (
        running(sys.executable, "-c", SLEEP, HEADROOM_MARKER="m5") as carrier,
        running(sys.executable, "-I", "-S", str(GUARDIAN), "m5"),
    ):
        until(lambda: Path(f"/proc/{carrier.pid}/cmdline").read_bytes() or None)
        code, report = tool("--pid", str(carrier.pid), "--yes")
        assert code == 2 and "running panel" in report["problems"][0] and carrier.poll() is None


@pytest.fixture
def deaf() -> Iterator[str]:
    """The port of one that listens and never answers."""
    code = f"import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); {SLEEP}"
    listener = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert listener.stdout is not None
    yield listener.stdout.readline().strip()
    listener.kill()
    listener.communicate()


def test_every_exit_code(tmp_path: Path, orphan: int, deaf: str) -> None:
    assert tool("--dry-run", LBS_PORT=deaf)[0] == 0
    code, report = tool("--pid", "4999999", "--yes")
    assert code == report["exit_code"] == 2 and "There is no process" in report["problems"][0] and is_alive(orphan)
    code, report = tool(HEADROOM_NVIDIA_SMI=str(tmp_path / "none"))
    assert (
        code == report["exit_code"] == 3
        and report["before"] is None
        and actions(report, orphan)
        and not is_alive(orphan)
    )
    code, report = tool(LBS_PORT=deaf)
    assert code == report["exit_code"] == 1 and "does not answer" in report["problems"][0]


WORDS = [
    ["python", SERVER],
    ["python", "-m", "lbs.worker"],
    ["python", "-m", "lbs.forkserver"],
    ["guardian.py", "a"],
    ["bash"],
    [],
]
process = st.builds(
    Process,
    pid=st.integers(1, 12),
    started=st.just("1"),
    parent=st.integers(0, 12),
    session=st.integers(1, 3),
    words=st.sampled_from(WORDS),
    folder=st.just(HERE),
    marker=st.sampled_from(["", "", "a", "b"]),
    home=st.just(""),
)


@given(st.lists(process, max_size=12, unique_by=lambda one: one.pid))
def test_a_process_with_an_owner_is_no_leftover(found: list[Process]) -> None:
    left, by_pid = leftovers(found), {one.pid: one for one in found}
    for one in found:
        if one.marker:
            served = any(other.marker == one.marker and is_server(other) for other in found)
            assert (one in left) == (one.marker not in guarded(found) and not served)
        else:
            assert (one in left) == (is_worker(one) and is_orphan(one, by_pid))
            if one.parent in by_pid and is_server(by_pid[one.parent]) and one.parent != 1:
                assert one not in left
    assert not {one.pid for one in left} & lineage(os.getpid(), by_pid)
