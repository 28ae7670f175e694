"""How a run ends: stored first, however long the disk takes, and only then published."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace

from lbs.queue.evidence import Evidence
from lbs.queue.item_writer import ItemWriter
from lbs.queue.saving import Saving
from lbs.sentences import Sentence, say
from lbs.store import Incident, Run, RunStore, StoreError

_RETRY_SECONDS = 5.0
_SETTLE_SECONDS = 1.0


class Ending:
    """Calls `on_wait(run)` when a result waits for the disk, `on_end(run, ended)` once a run has ended."""

    def __init__(
        self,
        store: RunStore,
        saving: Saving,
        on_wait: Callable[[Run], None],
        on_end: Callable[[Run, Run], None],
        retry_seconds: float = _RETRY_SECONDS,
    ) -> None:
        self._store = store
        self._saving = saving
        self._on_wait = on_wait
        self._on_end = on_end
        self._retry_seconds = retry_seconds
        self.items = ItemWriter(store, saving, retry_seconds)
        self.evidence = Evidence()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._aftermath: set[asyncio.Task[None]] = set()
        self.run_ended = asyncio.Event()
        """Wakes its current waiters when a run ends."""

    def has(self, run: Run) -> bool:
        return run.req_id in self._tasks

    def begin(self, run: Run, ended: Run, details: Mapping[str, object] | None) -> None:
        """The first end counts: a worker that dies after its result has not failed. `details`: the worker's evidence, which
        makes the failure an incident."""
        if not self.has(run):
            self._tasks[run.req_id] = asyncio.create_task(self._finish(run, ended, details))

    async def wait(self, run: Run) -> None:
        """Returns once the end of this run is stored, or after a second."""
        if task := self._tasks.get(run.req_id):
            await asyncio.wait([task], timeout=_SETTLE_SECONDS)

    def unreleased(self, run: Run, sentence: Sentence, details: Mapping[str, object]) -> None:
        """Records that the run left GPU memory behind, as an incident or as part of the one it has; its status stays."""
        task = asyncio.create_task(self._attach(run, sentence, {"unreleased": details}))
        self._aftermath.add(task)
        task.add_done_callback(self._aftermath.discard)

    def planned(self, run: Run) -> None:
        """Stores what is predicted of the run, so that it is listed with it while it is in progress."""
        task = asyncio.create_task(self._store_plan(run))
        self._aftermath.add(task)
        task.add_done_callback(self._aftermath.discard)

    async def _store_plan(self, run: Run) -> None:
        # The end of the run stores it as well: a disk that is full now has its own sentence.
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(self._store.store_plan, run)

    async def settle(self) -> None:
        """At shutdown: waits briefly for the disk; what it still refuses is lost, which the log says."""
        tasks = [*self._tasks.values(), *self._aftermath]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_SETTLE_SECONDS)
            for task in late:
                task.cancel()
                print("[Store] A result could not be written before shutdown and is lost.", file=sys.stderr)
        await self.items.stop()

    async def _attach(self, run: Run, sentence: Sentence, details: Mapping[str, object]) -> None:
        incident = await self.evidence.incident(run, "unreleased", sentence, details)
        if end := self._tasks.get(run.req_id):
            # The run's own incident is written first.
            await asyncio.wait([end])
        try:
            found = await asyncio.to_thread(self._store.incidents.get, run.req_id)
            if found:
                both = say("queue.also_unreleased", failure=found.sentence, unreleased=sentence)
                incident = replace(found, sentence=both, details={**found.details, **details})
            await asyncio.to_thread(self._store.incidents.add, incident)
        except StoreError as error:
            print(f"[Store] {error} The incident of {run.req_id} is lost: {sentence}", file=sys.stderr, flush=True)

    async def _finish(self, run: Run, ended: Run, details: Mapping[str, object] | None) -> None:
        try:
            incident = None
            if details is not None and ended.error is not None:
                incident = await self.evidence.incident(ended, ended.error_code or "", ended.error, details)
            await self._save(run, ended, incident)
        except Exception:
            # What should be written is at fault, not the disk: the run fails, so that the queue continues.
            traceback.print_exc(file=sys.stderr)
            ended = replace(ended, status="failed", result=None, error=say("queue.not_saved"), error_code="internal")
        finally:
            del self._tasks[run.req_id]
            self._saving.saved(run.req_id)
        self._on_end(run, ended)
        self.run_ended.set()
        self.run_ended.clear()

    async def _save(self, run: Run, ended: Run, incident: Incident | None) -> None:
        """Retries until the disk accepts it: a full disk costs time, not the result of a night."""
        while True:
            try:
                await self.items.flush()
                await asyncio.to_thread(self._store.save, ended, incident=incident)
                return
            except StoreError as error:
                if self._saving.failing != error.sentence or run.stage != ("saving", 0.0):
                    print(f"[Store] {error} Retrying the result of {run.req_id}.", file=sys.stderr, flush=True)
                run.stage = ("saving", 0.0)
                run.current_question = say("queue.result_waits", reason=error.sentence)
                self._saving.failed(error.sentence, run.req_id)
                self._on_wait(run)
                await asyncio.sleep(self._retry_seconds)
