"""The queue in this process's event loop; its worker is a small program that misbehaves on request."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lbs.protocol.messages import (
    Cleared,
    Fatal,
    Hello,
    ImportFailed,
    JsonObject,
    Memory,
    MemoryGpu,
    Starting,
    WorkerMessage,
    encode,
)
from lbs.queue import Busy, Duplicate, HandedOver, RunQueue, WorkerFailed, clearing, supervisor
from lbs.queue import queue as queue_module
from lbs.queue.events import EventKind
from lbs.queue.saving import StorageShape
from lbs.queue.shapes import run_shape
from lbs.queue.worker_process import WorkerCommand, describe_exit
from lbs.sentences import say, verbatim
from lbs.store import Run, RunStore, StoreError, open_database
from tests.support.backend import FAKE_WORKER, FOLDER

Body = Callable[[RunQueue], Awaitable[None]]


@asynccontextmanager
async def running(tmp_path: Path, *words: str) -> AsyncIterator[RunQueue]:
    store = RunStore(open_database(tmp_path / "r.db"))
    program = words or FAKE_WORKER
    queue = RunQueue(store, WorkerCommand(program, dict(os.environ), FOLDER))
    await queue.start()
    try:
        yield queue
    finally:
        await queue.stop()
        store.close()


def on(tmp_path: Path, body: Body, *words: str) -> None:
    async def whole() -> None:
        async with running(tmp_path, *words) as queue:
            await asyncio.wait_for(body(queue), 30)

    asyncio.run(whole())


async def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not true in time"
        await asyncio.sleep(0.01)


async def idle(queue: RunQueue) -> None:
    await until(lambda: queue.worker.state == "idle")


def is_finished(queue: RunQueue, req_id: str) -> bool:
    return queue.runs[req_id].finished


def a_run(model: str, req_id: str = "a") -> Run:
    return Run(req_id, "NeedleInAHaystack/x", f"/models/{model}", {})


def fill(store: RunStore) -> Callable[[], None]:
    """Makes the disk full for SQLite; the returned function frees it."""
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count={pages}")
    return lambda: store.database.connection.execute("PRAGMA max_page_count=1000000").fetchone() and None


def retry_soon(queue: RunQueue) -> None:
    queue._ending._retry_seconds = queue._ending.items.retry_seconds = 0.05


def say_of(shape: StorageShape) -> str:
    return str(shape["sentence"] and shape["sentence"]["text"])


def test_a_result_waits_for_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(queue: RunQueue) -> None:
        retry_soon(queue)
        await idle(queue)
        await queue.submit([a_run("large"), a_run("good", "b")])
        free = fill(queue.store)
        with queue.events.listen() as events:
            await until(lambda: "not saved yet" in str(queue.runs["a"].current_question))
            assert queue.runs["a"].status == "processing"
            free()
            await until(lambda: queue.runs["b"].finished)
            published = [event for event in iter(lambda: events.get_nowait() if not events.empty() else None, None)]
        ended = [data for kind, data in published if kind == "run" and data["req_id"] == "a" and data["result"]]
        assert ended and ended[0]["status"] == "completed"
        saved = queue.store.get("a")
        assert saved is not None and saved.result == ended[0]["result"]

    on(tmp_path, body)


def test_a_full_disk_pauses_the_run_and_keeps_the_queue(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        retry_soon(queue)
        await idle(queue)
        await queue.submit([a_run("steps"), a_run("good", "b")])
        await until(lambda: queue.runs["a"].current_item)
        free = fill(queue.store)
        await until(lambda: queue.runs["a"].paused)
        await asyncio.sleep(0.3)
        shape, found = queue.storage(), queue.runs["a"]
        at = found.current_item
        assert shape["state"] == "unsaved" and "full" in say_of(shape) and at < 5
        assert 0 < shape["unsaved_items"] == found.unsaved_items <= at
        assert queue.store.items.count("a") == at - found.unsaved_items, "what is not on disk is called unsaved"
        assert run_shape(found)["paused"] and "Paused" in run_shape(found)["current_question"]
        await asyncio.sleep(0.3)
        assert found.current_item == at and queue.runs["b"].status == "queued"
        free()
        await until(lambda: queue.runs["b"].finished)
        assert queue.storage()["state"] in ("saved", "low") and queue.storage()["unsaved_items"] == 0
        assert queue.store.items.count("a") == 5 and queue.runs["a"].status == "completed"

    on(tmp_path, body)


def test_a_run_goes_on_in_ram_where_the_person_chooses_so(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        retry_soon(queue)
        await idle(queue)
        queue.saving.choose("continue")
        await queue.submit([a_run("steps")])
        free = fill(queue.store)
        await until(lambda: queue.storage()["unsaved_results"])
        shape = queue.storage()
        assert shape["unsaved_items"] + queue.store.items.count("a") == 5 and shape["when_unsaved"] == "continue"
        assert queue.runs["a"].status == "processing", "nothing that is not on disk has completed"
        free()
        await until(lambda: queue.runs["a"].finished)
        assert queue.store.items.count("a") == 5

    on(tmp_path, body)


def test_a_paused_run_is_cancelled_at_once(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        retry_soon(queue)
        await idle(queue)
        await queue.submit([a_run("steps")])
        free = fill(queue.store)
        await until(lambda: queue.runs["a"].paused)
        queue.cancel(queue.runs["a"])
        await until(lambda: queue.storage()["unsaved_results"])
        free()
        await until(lambda: queue.runs["a"].finished)
        assert queue.runs["a"].status == "cancelled" and queue.worker.state == "idle"

    on(tmp_path, body)


def test_items_that_are_lost_at_shutdown_are_counted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def body(queue: RunQueue) -> None:
        await idle(queue)
        await queue.submit([a_run("steps")])
        fill(queue.store)
        await until(lambda: queue.storage()["unsaved_items"])

    on(tmp_path, body)
    assert "finished items were never saved and are lost" in capfd.readouterr().err


def test_a_result_is_published_only_once_it_is_on_disk(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        on_disk_when_told: list[str] = []
        publish = queue.events.publish

        def watch(kind: EventKind, data: Mapping[str, object]) -> None:
            if kind == "run" and data["status"] == "completed":
                saved = queue.store.get(str(data["req_id"]))
                on_disk_when_told.append(saved.status if saved else "nothing")
            publish(kind, data)

        queue.events.publish = watch  # type: ignore[method-assign]
        await idle(queue)
        await queue.submit([a_run("good")])
        await until(lambda: queue.runs["a"].finished)
        assert on_disk_when_told == ["completed"]

    on(tmp_path, body)


def test_a_submit_on_a_full_disk_accepts_no_run(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        free = fill(queue.store)
        large = Run("a", "Needle/x", "/m", {"haystack": "x" * 100_000})
        with pytest.raises(StoreError, match="free some disk space"):
            await queue.submit([a_run("good", "b"), large])
        assert queue.runs == {} and queue.store.get("b") is None
        free()
        await queue.submit([a_run("good", "b")])

    on(tmp_path, body)


def test_a_run_that_is_accepted_while_the_queue_is_handed_over_goes_along(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        queue.hold(True)
        await asyncio.gather(queue.submit([a_run("quick", "a")]), queue.hand_over())
        assert [run.req_id for run in queue.store.take_held()] == ["a"]
        with pytest.raises(HandedOver):
            await queue.submit([a_run("quick", "late")])
        assert queue.store.get("late") is None

    on(tmp_path, body)


def test_a_req_id_is_used_once(tmp_path: Path) -> None:
    async def body(queue: RunQueue) -> None:
        with pytest.raises(Duplicate):
            await queue.submit([a_run("good"), a_run("good")])
        await queue.submit([a_run("good")])
        with pytest.raises(Duplicate):
            await queue.submit([a_run("good")])

    on(tmp_path, body)


HELLO = Hello("0", cuda=None, allocator=None, emulated=True, limits=[], limit_note=None)
GPU: MemoryGpu = {
    "index": 0,
    "uuid": "GPU-0",
    "name": "toy",
    "total": 1000,
    "budget": None,
    "used": 300,
    "context": 100,
    "allocated": 200,
    "reserved": 200,
    "weights": 200,
    "kv_cache": 0,
    "peak": 300,
}
MEMORY = Memory(
    time=0.0,
    gpus=[GPU],
    cached_models=[],
    cache={"hits": 0, "misses": 0, "evictions": 0, "last": None, "last_sentence": None},
    host={"total": 3, "available": 2, "rss": 1},
)


def worker(*steps: WorkerMessage | str) -> tuple[str, ...]:
    """A worker that sends each message and runs each piece of code."""
    code = [step if isinstance(step, str) else f"send({encode(step)!r})" for step in steps]
    send = "import json,sys,os,time\ndef send(line): sys.stdout.buffer.write(line); sys.stdout.buffer.flush()\n"
    return sys.executable, "-c", send + "\n".join(code)


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


def test_clears_run_one_at_a_time_and_no_run_begins_meanwhile(tmp_path: Path) -> None:
    slow = f"[(time.sleep(0.3), send({encode(Cleared(7))!r})) for line in sys.stdin if 'clear' in line]"

    async def body(queue: RunQueue) -> None:
        await idle(queue)
        clears = [asyncio.create_task(queue.clear()) for _ in range(3)]
        await asyncio.sleep(0)
        await queue.submit([a_run("good")])
        statuses = [queue.runs["a"].status]
        assert await asyncio.gather(*clears) == [7, 7, 7]
        statuses.append(queue.runs["a"].status)
        assert statuses == ["queued", "processing"]
        with pytest.raises(Busy):
            await queue.clear()

    on(tmp_path, body, *worker(HELLO, slow))


def test_a_worker_that_does_not_clear_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "_ANSWER_SECONDS", 0.2)

    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.memory is not None)
        pid = queue.worker.pid
        with queue.events.listen() as events:
            assert await queue.clear() == 300
            published = []
            while not events.empty():
                published.append(events.get_nowait())
        assert ("memory", []) in [(kind, data.get("gpus")) for kind, data in published]
        await until(lambda: queue.worker.state == "idle" and queue.worker.pid != pid)

    on(tmp_path, body, *worker(HELLO, MEMORY, "time.sleep(600)"))


def test_a_clear_does_not_wait_for_a_dead_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "_ANSWER_SECONDS", 60)

    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.memory is not None)
        began = time.monotonic()
        assert await queue.clear() == 300
        assert time.monotonic() - began < 30
        assert queue.memory is None

    on(tmp_path, body, *worker(HELLO, MEMORY, "sys.stdin.readline(); os._exit(9)"))


def test_unreadable_messages_do_not_stop_the_reading(tmp_path: Path) -> None:
    lines = [b"no json", b'{"type":"cleared"}', b'{"type":"odd"}', b"[]", b'{"type":"memory","x":NaN}']
    nonsense = f"[send(line + b'\\n') for line in {lines!r}]"

    async def body(queue: RunQueue) -> None:
        await until(lambda: queue.memory is not None)
        assert queue.memory is not None and queue.memory == MEMORY

    on(tmp_path, body, *worker(HELLO, nonsense, MEMORY, "time.sleep(600)"))


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


def test_the_event_and_the_shape_of_a_failed_run_have_its_sentence(tmp_path: Path) -> None:
    sentence = say("models.no_config", path="/models/fails")

    async def body(queue: RunQueue) -> None:
        await idle(queue)
        with queue.events.listen() as events:
            await queue.submit([a_run("fails")])
            await until(lambda: queue.runs["a"].finished)
            published = [events.get_nowait() for _ in range(events.qsize())]
        failed = [data for kind, data in published if kind == "run" and data["status"] == "failed"]
        assert [one["error_sentence"] for one in failed] == [sentence.as_json()]
        assert failed[0]["error"] == str(sentence) == run_shape(queue.runs["a"])["error"]
        assert sentence.values == {"path": "/models/fails"} and sentence.as_json()["code"] == "lbs.models.no_config"
        saved = queue.store.get("a")
        assert saved is not None and saved.error == sentence

    on(tmp_path, body)


def test_a_run_ends_once(tmp_path: Path) -> None:
    """A worker that dies right after its result has not failed, and a late cancel changes nothing."""

    async def body(queue: RunQueue) -> None:
        await idle(queue)
        await queue.submit([a_run("good")])
        run = queue.runs["a"]
        await until(lambda: queue._ending.has(run) or run.finished)
        queue.cancel(run)
        queue.worker.kill()
        await until(lambda: run.finished)
        await idle(queue)
        assert run.status == "completed"

    on(tmp_path, body)


def test_only_the_newest_finished_runs_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "_KEPT", 2)

    async def body(queue: RunQueue) -> None:
        await idle(queue)
        await queue.submit([a_run("good", name) for name in "abcd"])
        await until(lambda: set(queue.runs) == {"c", "d"} and queue.runs["d"].finished)
        old = await queue.find("a")
        assert old is not None and old.result == {"score": 1.0}
        assert queue.runs["d"].result is None
        assert (await queue.with_result(queue.runs["d"])).result == {"score": 1.0}

    on(tmp_path, body)


@pytest.mark.parametrize(("failures", "status"), [(1, "completed"), (2, "failed")])
def test_a_resumed_run_whose_items_cannot_be_read_does_not_block_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, status: str
) -> None:
    async def body(queue: RunQueue) -> None:
        of, left = queue.store.items.of, [StoreError(say("store.repaired", path="r.db"))] * failures

        def damaged(req_id: str) -> dict[str, JsonObject]:
            if left:
                raise left.pop()
            return of(req_id)

        monkeypatch.setattr(queue.store.items, "of", damaged)
        await idle(queue)
        await queue.submit([replace(a_run("good"), resumes="earlier"), a_run("good", "b")])
        await until(lambda: queue.runs["b"].finished)
        assert (queue.runs["a"].status, queue.runs["b"].status) == (status, "completed")

    on(tmp_path, body)


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
