"""What the queue does while results cannot be saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lbs.queue import RunQueue
from lbs.queue.events import EventKind
from lbs.queue.saving import StorageShape
from lbs.queue.shapes import run_shape
from lbs.store import Run, RunStore, StoreError
from tests.support.queue import a_run, idle, on, until


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


def test_a_result_is_published_only_once_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(queue: RunQueue) -> None:
        on_disk_when_published: list[str] = []
        publish = queue.events.publish

        def watch(kind: EventKind, data: Mapping[str, object]) -> None:
            if kind == "run" and data["status"] == "completed":
                saved = queue.store.get(str(data["req_id"]))
                on_disk_when_published.append(saved.status if saved else "nothing")
            publish(kind, data)

        monkeypatch.setattr(queue.events, "publish", watch)
        await idle(queue)
        await queue.submit([a_run("good")])
        await until(lambda: queue.runs["a"].finished)
        assert on_disk_when_published == ["completed"]

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
