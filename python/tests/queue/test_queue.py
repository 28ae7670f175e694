"""Runs in order, clears, and what the queue publishes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lbs.protocol.codec import encode
from lbs.protocol.messages import Cleared, JsonObject
from lbs.queue import Busy, Duplicate, HandedOver, RunQueue, clearing
from lbs.queue import queue as queue_module
from lbs.queue.shapes import run_shape
from lbs.sentences import say
from lbs.store import StoreError
from tests.support.queue import HELLO, MEMORY, a_run, idle, on, until, worker


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
