"""Warm starts: real servers and workers from a real fork server with torch imported."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lbs.forkserver.import_key import import_key
from lbs.queue.forked import NotForked, fork_worker
from tests.support.backend import FOLDER, Backend, started, until
from tests.support.warm import Warm, warm_parent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks warm workers on Linux only"),
    pytest.mark.xdist_group("one warm parent"),
]


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    """For tests that leave it as it was."""
    with worker_parent() as found:
        yield found


@contextmanager
def worker_parent() -> Iterator[Warm]:
    with (
        tempfile.TemporaryDirectory() as folder,
        warm_parent("worker", f"{folder}/fork.sock", "HEADROOM_FORKSERVER") as found,
    ):
        yield found


def worker_of(backend: Backend) -> dict[str, object]:
    found: dict[str, object] = backend.http.get("/api/health").json()["worker"]
    return found


def proc(pid: object, name: str) -> list[str]:
    return Path(f"/proc/{pid}/{name}").read_text().split("\0")


def test_a_worker_is_forked_and_looks_like_one(tmp_path: Path, warm: Warm) -> None:
    with started(
        tmp_path, **warm.variables, LBS_GPU_MEMORY_LIMIT="0.5", PYTORCH_ALLOC_CONF="garbage_collection_threshold:0.8"
    ) as backend:
        backend.wait_idle()
        worker = worker_of(backend)
        assert worker["warm"] is True
        assert f"HEADROOM_MARKER={warm.variables['HEADROOM_MARKER']}" in proc(worker["pid"], "environ")
        assert proc(worker["pid"], "cmdline")[1:4] == ["-u", "-m", "lbs.worker"]
        # Its own settings, though its parent was started without them.
        health = backend.http.get("/api/health").json()
        assert health["limits"][0]["budget"] == 128 * 2**20
        assert "garbage_collection_threshold:0.8" in health["allocator"]
        assert "expandable_segments:True" in health["allocator"]
    with started(tmp_path / "again", **warm.variables, LBS_ENABLE_MEMORY_MANAGEMENT="0") as backend:
        backend.wait_idle()
        assert worker_of(backend)["warm"] is True
        assert "expandable_segments:False" in backend.http.get("/api/health").json()["allocator"]


def test_a_worker_runs_exits_and_restarts_warm(toy: Path, tmp_path: Path, warm: Warm) -> None:
    asked: dict[str, Any] = {"context_length": 256, "depth_percent": 50}
    with started(tmp_path, **warm.variables) as backend:
        backend.wait_idle()
        first = int(str(worker_of(backend)["pid"]))
        assert backend.wait_run(backend.submit(toy, **asked))["status"] == "completed"
        until(lambda: worker_of(backend)["state"] == "idle" or None)
        now = int(str(worker_of(backend)["pid"]))
        os.kill(now, signal.SIGKILL)
        until(lambda: worker_of(backend)["pid"] not in (None, first, now) or None)
        backend.wait_idle()
        assert worker_of(backend)["warm"] is True
        assert backend.wait_run(backend.submit(toy, **asked))["status"] == "completed"


def test_a_worker_survives_its_parent_and_can_still_be_killed(tmp_path: Path) -> None:
    with worker_parent() as warm, started(tmp_path, **warm.variables) as backend:
        backend.wait_idle()
        worker = int(str(worker_of(backend)["pid"]))
        warm.process.kill()
        warm.process.wait(30)
        assert backend.http.post("/api/memory/clear").status_code == 200
        os.kill(worker, signal.SIGKILL)
        until(lambda: worker_of(backend)["pid"] not in (None, worker) or None, 20)
        backend.wait_idle()
        assert worker_of(backend)["warm"] is False


def test_it_exits_where_its_imports_are_out_of_date(tmp_path: Path) -> None:
    # Another number than whatever the parent began with.
    threads = "2" if os.environ.get("OMP_NUM_THREADS") == "1" else "1"
    with worker_parent() as warm, started(tmp_path, **warm.variables, OMP_NUM_THREADS=threads) as backend:
        backend.wait_idle()
        assert worker_of(backend)["warm"] is False
        assert warm.process.wait(30) == 3


def test_off_by_one_setting(tmp_path: Path, warm: Warm) -> None:
    with started(tmp_path, **warm.variables, LBS_WARM_WORKERS="0") as backend:
        backend.wait_idle()
        assert worker_of(backend)["warm"] is False
        assert warm.process.poll() is None


@contextmanager
def started_warm(tmp_path: Path, variables: dict[str, Any], **more: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """The launcher as the panel starts it, and what it wrote to its port file once it listens (False: it has ended before)."""
    port_file = tmp_path / "port.json"
    env = {**os.environ, **variables, **more, "LBS_PORT": "0", "HEADROOM_PORT_FILE": str(port_file)}
    words = [sys.executable, "-I", "-S", "launcher.py", "--warm", sys.executable, "-u", "server.py"]
    process = subprocess.Popen(words, cwd=FOLDER, env=env, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def look() -> Any:
        if port_file.exists():
            return json.loads(port_file.read_text())
        return None if process.poll() is None else False

    try:
        yield process, until(look, 30)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_a_server_is_forked_in_this_terminal_and_passes_its_exit_code_on(tmp_path: Path) -> None:
    with warm_parent("server", str(tmp_path / "fork.sock"), "HEADROOM_SERVER_FORKSERVER") as warm:
        with started_warm(tmp_path / "a", warm.variables) as (process, child):
            assert child["pid"] != process.pid
            assert [word for word in proc(child["pid"], "cmdline") if word][1:] == ["-u", "-m", "lbs.server"]
            assert f"HEADROOM_MARKER={warm.variables['HEADROOM_MARKER']}" in proc(child["pid"], "environ")
            process.terminate()
            # uvicorn ends in order, and then by the signal that asked for it.
            assert process.wait(30) == -signal.SIGTERM
            assert not Path(f"/proc/{child['pid']}").exists()
        # Its exit is ours: a signal, and the sentence of a refusal with its exit code.
        with started_warm(tmp_path / "b", warm.variables) as (process, child):
            os.kill(child["pid"], signal.SIGKILL)
            assert process.wait(30) == -signal.SIGKILL
        with started_warm(tmp_path / "c", warm.variables, LBS_GPU_MEMORY_LIMIT="80") as (process, child):
            assert child is False and process.returncode == 2
            assert process.stderr and "LBS_GPU_MEMORY_LIMIT must be" in process.stderr.read()


def test_the_exit_code_of_a_server_that_refuses_at_once_is_passed_on(tmp_path: Path) -> None:
    path = str(tmp_path / "fork.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        env = {**os.environ, "HEADROOM_SERVER_FORKSERVER": path}
        words = [sys.executable, "-I", "-S", "launcher.py", "--warm", "false"]
        with subprocess.Popen(words, cwd=FOLDER, env=env) as process:
            listener.settimeout(30)
            connection, _ = listener.accept()
            with connection:
                # Both answers in one packet.
                connection.sendall(b'{"pid": 1}\n{"exit": 2}\n')
                assert process.wait(30) == 2


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def carriers(marker: str, word: str) -> list[int]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [
        pid
        for pid in pids
        if seen_with(pid, "environ", f"HEADROOM_MARKER={marker}") and seen_with(pid, "cmdline", word)
    ]


def seen_with(pid: int, name: str, word: str) -> bool:
    try:
        return word in proc(pid, name)
    except OSError:
        return False


def test_a_client_that_gave_up_waiting_gets_no_second_server(tmp_path: Path) -> None:
    with warm_parent("server", str(tmp_path / "fork.sock"), "HEADROOM_SERVER_FORKSERVER") as warm:
        marker = warm.variables["HEADROOM_MARKER"]
        warm.process.send_signal(signal.SIGSTOP)
        with started_warm(tmp_path / "a", warm.variables) as (process, child):
            # It has waited for two seconds, and then started from nothing.
            assert parent_of(child["pid"]) == process.pid
            warm.process.send_signal(signal.SIGCONT)
            # The parent reads what it was asked meanwhile, and looks after it.
            time.sleep(1)
            until(lambda: carriers(marker, "lbs.server") == [] or None)
            assert json.loads((tmp_path / "a" / "port.json").read_text())["pid"] == child["pid"]


def test_a_worker_whose_client_gave_up_is_killed(tmp_path: Path, warm: Warm) -> None:
    async def ask() -> None:
        warm.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(NotForked):
                await fork_worker(warm.variables["HEADROOM_FORKSERVER"], {**os.environ, **warm.variables}, FOLDER)
        finally:
            warm.process.send_signal(signal.SIGCONT)

    descriptors = len(os.listdir("/proc/self/fd"))
    asyncio.run(ask())
    assert len(os.listdir("/proc/self/fd")) == descriptors
    time.sleep(1)
    until(lambda: carriers(warm.variables["HEADROOM_MARKER"], "lbs.worker") == [] or None)


def test_without_a_parent_a_server_starts_cold(tmp_path: Path) -> None:
    variables = {"HEADROOM_SERVER_FORKSERVER": str(tmp_path / "nobody"), "HEADROOM_MARKER": secrets.token_hex(16)}
    with started_warm(tmp_path, variables) as (process, child):
        assert parent_of(child["pid"]) == process.pid
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM


def test_the_key_follows_what_is_read_at_import() -> None:
    key = import_key({"OMP_NUM_THREADS": "1", "LBS_GPU_MEMORY_LIMIT": "0.5"})
    assert key == import_key({"OMP_NUM_THREADS": "1", "LBS_GPU_MEMORY_LIMIT": "0.8", "PYTORCH_ALLOC_CONF": "x:1"})
    assert key != import_key({"OMP_NUM_THREADS": "2"})
    assert key != import_key({"OMP_NUM_THREADS": "1", "HF_HOME": "/x"})
