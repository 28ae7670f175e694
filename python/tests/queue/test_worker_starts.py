"""Workers that cannot start, exit, or are stopped."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from lbs.protocol.messages import Fatal, ImportFailed, Starting
from lbs.queue import RunQueue, WorkerFailed, supervisor
from lbs.queue.worker_process import WorkerCommand, describe_exit
from lbs.sentences import verbatim
from lbs.store import RunStore, open_database
from tests.support.backend import FOLDER
from tests.support.queue import HELLO, a_run, idle, is_finished, on, until, worker


def test_only_a_worker_that_cannot_start_is_retried_with_back_off(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        for name in ("a", "b", "c"):
            await idle(queue)
            await queue.submit([a_run("dies", name)])
            await until(partial(is_finished, queue, name))
        await until(lambda: queue.worker.state == "starting")
        await idle(queue)
        # The next pause: doubled once, not three times.
        assert queue.worker._wait == 2

    on(tmp_path, body)


def test_a_worker_that_keeps_dying_is_retried_with_growing_pauses(tmp_path: Path) -> None:
    marks = tmp_path / "marks"

    async def body(queue: RunQueue) -> None:
        await until(lambda: marks.exists() and len(marks.read_text().split()) == 3)
        first, second, third = (float(mark) for mark in marks.read_text().split())
        assert second - first > 0.9 and third - second > 1.8

    code = f"import time; open({str(marks)!r}, 'a').write(str(time.time()) + ' ')"
    on(tmp_path, body, sys.executable, "-c", code)


def test_a_worker_that_cannot_be_started_is_retried(tmp_path: Path) -> None:
    program = tmp_path / "worker"

    async def body(queue: RunQueue) -> None:
        assert "cannot be started" in str(queue.worker.error)
        program.symlink_to(sys.executable)
        await until(lambda: queue.worker.pid is not None)

    on(tmp_path, body, str(program), "-c", "import time; time.sleep(600)")


def test_a_worker_with_a_fatal_error_is_not_restarted(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.worker.pid is not None)
        await queue.submit([a_run("good")])
        await until(partial(is_finished, queue, "a"))
        assert queue.runs["a"].error == verbatim("No CUDA.") and queue.runs["a"].error_code == "worker_failed"
        with pytest.raises(WorkerFailed, match="No CUDA"):
            await queue.submit([a_run("good", "b")])
        assert "b" not in queue.runs and await queue.clear() == 0

    on(tmp_path, body, *worker("time.sleep(0.3)", Fatal(verbatim("No CUDA."))))


def probed(tmp_path: Path, code: str, *words: str) -> RunQueue:
    """A queue whose worker's imports are examined by this code."""
    store = RunStore(open_database(tmp_path / "r.db"))
    probe = (sys.executable, "-c", f"import json, os\n{code}")
    return RunQueue(store, WorkerCommand(words, {**os.environ, "PYTHONPATH": "/x"}, FOLDER, probe=probe))


def test_a_worker_that_cannot_import_is_given_up_with_the_variable_at_fault(tmp_path: Path) -> None:
    fails = "print(json.dumps({'ready': 1} if 'PYTHONPATH' not in os.environ else {'module': 'x', 'error': 'y'}))"
    steps = Starting("numpy"), ImportFailed("numpy", "RuntimeError: no", "/x/numpy.py")

    async def body() -> None:
        queue = probed(tmp_path, fails, *worker(*steps, "os._exit(2)"))
        await queue.start()
        published = []
        with queue.events.listen() as events:
            await until(lambda: queue.worker.state == "failed")
            published = [events.get_nowait().kind for _ in range(events.qsize())]
        assert published.count("health") >= 3
        assert str(queue.worker.error).startswith(
            "numpy cannot be imported because PYTHONPATH=/x is set (/x/numpy.py: "
        )
        assert queue.worker.step is None
        with pytest.raises(WorkerFailed, match="PYTHONPATH"):
            await queue.submit([a_run("good")])
        await queue.stop()

    asyncio.run(asyncio.wait_for(body(), 30))


def test_a_worker_that_dies_during_its_imports_is_started_again_where_they_work(tmp_path: Path) -> None:
    mark = tmp_path / "died"
    dies_once = f"os.path.exists({str(mark)!r}) or (open({str(mark)!r}, 'w'), os.kill(os.getpid(), 11))"

    async def body() -> None:
        queue = probed(tmp_path, "print(json.dumps({'ready': 1}))", *worker(dies_once, HELLO, "time.sleep(600)"))
        await queue.start()
        await until(lambda: queue.worker.step == "examining")
        await idle(queue)
        assert queue.worker.error is None and queue.worker.step is None
        await queue.stop()

    asyncio.run(asyncio.wait_for(body(), 30))


def test_a_worker_that_never_becomes_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_MOST_FAILED_STARTS", 2)
    monkeypatch.setattr(supervisor, "_FIRST_WAIT", 0.01)

    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.worker.state == "failed")
        assert "exited with code 7. It exited 2 times" in str(queue.worker.error)

    on(tmp_path, body, *worker(Starting("gpus"), "os._exit(7)"))
    monkeypatch.setattr(supervisor, "_START_SECONDS", 0.3)

    async def late(queue: RunQueue) -> None:
        await until(lambda: queue.worker.state == "failed")
        assert "was not ready 0 s after" in str(queue.worker.error)

    on(tmp_path, late, *worker("time.sleep(600)"))


def test_stop_leaves_no_worker(tmp_path: Path) -> None:
    pids: list[int] = []

    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.worker.pid is not None)
        pids.append(queue.worker.pid or 0)

    began = time.monotonic()
    on(tmp_path, body, sys.executable, "-c", "import time; time.sleep(600)")
    assert time.monotonic() - began < 30
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.parametrize(
    ("code", "words"),
    [(3, "exited with code 3"), (-9, "was killed by SIGKILL"), (-11, "was killed by SIGSEGV")],
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert str(describe_exit(code)) == words
