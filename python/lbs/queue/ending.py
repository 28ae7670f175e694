"""How a run ends: on disk first, however long the disk takes, and then it is told."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lbs.queue.evidence import Evidence
from lbs.queue.item_writer import ItemWriter
from lbs.store import Incident, Run, RunStore, StoreError

_AGAIN_SECONDS = 5.0
_SETTLE_SECONDS = 1.0
_NOT_SAVED = "The result could not be saved; the backend's log says why."


class Ending:
    """`on_wait` is told of a run whose result waits for the disk, `on_end` of one that has ended, with what it became."""

    def __init__(
        self,
        store: RunStore,
        on_wait: Callable[[Run], None],
        on_end: Callable[[Run, Run], None],
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:
        self._store = store
        self._on_wait = on_wait
        self._on_end = on_end
        self._again = again_seconds
        self.items = ItemWriter(store)
        self.evidence = Evidence()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._aftermath: set[asyncio.Task[None]] = set()
        self.told = asyncio.Event()
        """Set when a run ends, for those who wait at that moment."""

    def has(self, run: Run) -> bool:
        return run.req_id in self._tasks

    def begin(self, run: Run, ended: Run, details: dict[str, Any] | None) -> None:
        """The first end counts: a worker that dies after its result has not failed. `details`: why it failed; they become
        an incident."""
        if not self.has(run):
            self._tasks[run.req_id] = asyncio.create_task(self._finish(run, ended, details))

    def unreleased(self, run: Run, sentence: str, details: dict[str, Any]) -> None:
        """`run` stays what it is; that its memory did not come back becomes an incident, or part of the one it has."""
        task = asyncio.create_task(self._attach(run, sentence, {"unreleased": details}))
        self._aftermath.add(task)
        task.add_done_callback(self._aftermath.discard)

    async def settle(self) -> None:
        """At the end of the server; what a full disk still refuses is lost, and that is said."""
        tasks = [*self._tasks.values(), *self._aftermath]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=_SETTLE_SECONDS)
        for task in late:
            task.cancel()
            print("[Store] A result could not be written before the end and is lost.", file=sys.stderr)

    async def _attach(self, run: Run, sentence: str, details: dict[str, Any]) -> None:
        fresh = await self.evidence.incident(run, "unreleased", sentence, details)
        if end := self._tasks.get(run.req_id):
            # Its own incident comes first, where it has one.
            await asyncio.wait([end])
        try:
            found = await asyncio.to_thread(self._store.incidents.get, run.req_id)
            if found:
                more = f"{found.sentence} {sentence}"
                fresh = replace(found, sentence=more, details={**found.details, **details})
            await asyncio.to_thread(self._store.incidents.add, fresh)
        except StoreError as error:
            print(f"[Store] {error} The incident of {run.req_id} is lost: {sentence}", file=sys.stderr, flush=True)

    async def _finish(self, run: Run, ended: Run, details: dict[str, Any] | None) -> None:
        try:
            incident = None
            if details is not None:
                incident = await self.evidence.incident(ended, ended.error_code or "", ended.error or "", details)
            await self._save(run, ended, incident)
        except Exception:
            # Not the disk but what should be written: said as a failure, so that the queue goes on.
            traceback.print_exc(file=sys.stderr)
            ended = replace(ended, status="failed", result=None, error=_NOT_SAVED, error_code="internal")
        finally:
            del self._tasks[run.req_id]
        self._on_end(run, ended)
        # Wakes everybody who waits now; who comes later waits for the next.
        self.told.set()
        self.told.clear()

    async def _save(self, run: Run, ended: Run, incident: Incident | None) -> None:
        """A full disk costs time, not the result of a night."""
        while True:
            try:
                await self.items.flush()
                await asyncio.to_thread(self._store.save, ended, incident=incident)
                return
            except StoreError as error:
                print(f"[Store] {error} The result of {run.req_id} waits; trying again.", file=sys.stderr, flush=True)
                run.stage = None
                run.current_question = f"The run is over, its result waits for the disk. {error}"
                self._on_wait(run)
                await asyncio.sleep(self._again)
