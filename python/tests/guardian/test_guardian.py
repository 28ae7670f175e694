"""The guardian kills real processes."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import guardian
from tests.support.backend import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")]

GUARDIAN = Path(__file__).resolve().parents[2] / "guardian.py"
_MASKS = ("SigIgn", "SigCgt")
# One that ignores TERM and HUP, and one that left group and session and was orphaned.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() != 0: os._exit(0)
os.write(1, b'%d\\n' % os.getpid())  # in one piece, since two processes share the pipe
time.sleep(300)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def hears(pid: int) -> bool | None:
    """Whether it has said by now what TERM, INT and HUP shall do; a busy machine may take its time until then."""
    masks = [line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line[:6] in _MASKS]
    ignored = int(masks[0], 16) | int(masks[1], 16)
    return all(ignored >> (sign - 1) & 1 for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)) or None


def start(marker: str) -> tuple[subprocess.Popen[str], list[int]]:
    env = {**os.environ, "HEADROOM_MARKER": marker}
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, [int(process.stdout.readline()) for _ in range(2)]


def test_no_process_with_the_marker_survives() -> None:
    mine, others = secrets.token_hex(16), secrets.token_hex(16)
    watching = subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARDIAN), mine], stdin=subprocess.PIPE, start_new_session=True
    )
    assert watching.stdin is not None
    ours, ours_pids = start(mine)
    theirs, theirs_pids = start(others)
    try:
        until(lambda: hears(watching.pid))
        for sign in ("TERM", "INT", "HUP"):
            subprocess.run(["kill", f"-{sign}", str(watching.pid)], check=True)
        time.sleep(0.3)
        assert watching.poll() is None and all(map(is_alive, ours_pids))
        watching.stdin.close()
        assert watching.wait(30) == 0
        until(lambda: None if any(map(is_alive, ours_pids)) else True)
        assert all(map(is_alive, theirs_pids))
    finally:
        for pid in [*ours_pids, *theirs_pids]:
            subprocess.run(["kill", "-KILL", str(pid)], capture_output=True, check=False)
        ours.wait()
        theirs.wait()


def test_without_a_marker_it_does_nothing() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(GUARDIAN)], stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 2


def test_a_reused_pid_is_never_signalled() -> None:
    theirs, pids = start(secrets.token_hex(16))
    try:
        for pid in pids:
            # As after a scan that found a process of ours under this number.
            guardian.kill(pid, "1")
        time.sleep(0.1)
        assert all(map(is_alive, pids))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        theirs.wait()


def test_it_kills_where_the_kernel_has_no_process_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel before 5.3, or a sandbox that forbids the call."""

    def unavailable(pid: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", unavailable)
    process = subprocess.Popen(["sleep", "300"])
    status = guardian.status_of(process.pid)
    assert status is not None
    guardian.kill(process.pid, "1")
    assert process.poll() is None
    guardian.kill(process.pid, status[1])
    assert process.wait(10) == -signal.SIGKILL


def test_it_says_why_it_cannot_list_processes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unlisted(entry: bytes) -> dict[int, str]:
        raise FileNotFoundError("no /proc,\nno psutil")

    monkeypatch.setattr(guardian, "members", unlisted)
    monkeypatch.setattr(guardian, "wait_for_end_of_stdin", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["guardian.py", "0" * 32])
    assert guardian.main() == guardian.CANNOT_LIST
    assert capsys.readouterr().out == "FileNotFoundError: no /proc, no psutil\n"


def test_it_outlives_the_session_that_started_it() -> None:
    """The panel's terminal hangs up: the guardian stays, does its work at the end of its pipe, and is gone then."""
    marker = secrets.token_hex(16)
    ours, pids = start(marker)
    panel = (
        "import subprocess, sys, time\n"
        f"g = subprocess.Popen([sys.executable, '-I', '-S', {str(GUARDIAN)!r}, {marker!r}], "
        "stdin=subprocess.PIPE, start_new_session=True)\n"
        "print(g.pid, flush=True); time.sleep(300)"
    )
    leader = subprocess.Popen([sys.executable, "-c", panel], start_new_session=True, stdout=subprocess.PIPE, text=True)
    assert leader.stdout is not None
    watching = int(leader.stdout.readline())
    try:
        until(lambda: hears(watching))
        os.killpg(leader.pid, signal.SIGHUP)
        leader.wait()
        until(lambda: None if any(map(is_alive, [*pids, watching])) else True)
    finally:
        leader.stdout.close()
        ours.wait()
