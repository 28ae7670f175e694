"""The queue: what was submitted, in order, one run at a time on the worker."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lbs.protocol.messages import Message
from lbs.queue.clearing import Clearing
from lbs.queue.ending import Ending
from lbs.queue.events import Events
from lbs.queue.oom_kills import OomKills, sentence_of
from lbs.queue.shapes import no_memory, run_shape
from lbs.queue.worker import Worker
from lbs.queue.worker_process import WorkerCommand
from lbs.store import Run, RunStore

_CANCEL_SECONDS = 5.0
_CANCELLED = "Cancelled."
_KEPT = 100


class Busy(RuntimeError):
    """A run is on; the message says what to do first."""


class Duplicate(ValueError):
    """There is a run of that name already."""


class RunQueue:
    """Lives in the event loop; the disk is written by threads. Everything that changes is published on `events`."""

    def __init__(self, store: RunStore, command: WorkerCommand) -> None:
        self.started_at = time.time()
        self.events = Events()
        self.store = store
        self.worker = Worker(command, self._receive, self._worker_died)
        self.memory: dict[str, Any] | None = None
        self.runs: dict[str, Run] = {run.req_id: run for run in store.recent(_KEPT) if run.finished}
        self._waiting: deque[Run] = deque()
        self._current: Run | None = None
        self._cancelling: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None
        self._clearing = Clearing(self.worker)
        self._ending = Ending(store, self._tell, self._ended)
        self._submitting = asyncio.Lock()
        self.held = False
        """No run begins: the backend is about to be restarted."""
        self._oom_kills = OomKills()

    async def start(self) -> None:
        for run in self.store.take_held():
            self.runs[run.req_id] = run
            self._waiting.append(run)
        await self.worker.start()

    def hold(self, held: bool) -> None:
        """What is on goes on; what waits, waits until it is let go, or for the next backend (`hand_over`)."""
        self.held = held
        self.events.publish("health", {})
        self._next()

    async def hand_over(self) -> None:
        """What waits is left to the backend that comes after this one. Fails with a StoreError."""
        self.held = True
        if self._waiting:
            await asyncio.to_thread(self.store.save, *(replace(run, status="held") for run in self._waiting))
            self._waiting.clear()

    async def stop(self) -> None:
        """The worker ends; a result that is on its way to the disk gets there."""
        await self.worker.stop()
        await self._ending.settle()

    async def submit(self, runs: Sequence[Run]) -> None:
        """All or none, on disk first: a run that was accepted is known after any crash. Fails with a Duplicate."""
        async with self._submitting:
            names = [run.req_id for run in runs]
            for name in names:
                if names.count(name) > 1 or await self.find(name) is not None:
                    raise Duplicate(f"There is a run {name} already: choose another req_id.")
            await asyncio.to_thread(self.store.save, *runs)
            for run in runs:
                self.runs[run.req_id] = run
                self._waiting.append(run)
                self._tell(run)
        self._next()

    async def find(self, req_id: str) -> Run | None:
        return self.runs.get(req_id) or await asyncio.to_thread(self.store.get, req_id)

    async def with_result(self, run: Run) -> Run:
        """Results lie on disk only: a hundred large grids would fill the memory."""
        saved = await asyncio.to_thread(self.store.get, run.req_id) if run.finished else None
        return replace(run, result=saved.result) if saved else run

    def cancel(self, run: Run) -> None:
        """A queued run ends at once, the one that is on between two tokens, or with its worker after 5 s."""
        if run in self._waiting:
            self._waiting.remove(run)
            self._end(run, "cancelled", error=_CANCELLED, code="cancelled")
        elif run is self._current and self._cancelling is None and not self._ending.has(run):
            self.worker.send({"type": "cancel", "req_id": run.req_id})
            loop = asyncio.get_running_loop()
            self._cancelling = loop.call_later(_CANCEL_SECONDS, self.worker.kill)

    async def clear(self) -> int:
        """Cached models leave the GPU; a worker that does not answer is ended. Bytes that came back. Fails with Busy."""
        if self._current is not None:
            raise Busy(f"Run {self._current.req_id} is on: cancel it first, then clear.")
        try:
            return await self._clearing.clear(sum(gpu["used"] for gpu in (self.memory or {}).get("gpus", [])))
        finally:
            self._next()

    async def wait_finished(self, seconds: float) -> None:
        """Until some run ends, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.told.wait(), seconds)

    def _next(self) -> None:
        if self._current is not None or not self._waiting or self._clearing.active or self.held:
            return
        if self.worker.state == "failed":
            while self._waiting:
                why = self.worker.error or "The worker failed."
                self._end(self._waiting.popleft(), "failed", error=why, code="worker_failed")
        elif self.worker.state == "idle":
            self._begin(self._waiting.popleft())

    def _begin(self, run: Run) -> None:
        # Not saved: after a crash a run that was on ends as one that was queued does.
        self._current = run
        run.status, run.start_time, run.last_update_time = "processing", time.time(), time.time()
        self._tell(run)
        self._asking = asyncio.create_task(self._ask(run))

    async def _ask(self, run: Run) -> None:
        try:
            done = await asyncio.to_thread(self.store.items.of, run.req_id) if run.resumes else {}
        except (sqlite3.Error, ValueError) as error:
            why = f"What the run before had finished cannot be read ({error}): submit it anew."
            self._end(run, "failed", error=why, code="storage")
            return
        if run is not self._current or self._ending.has(run):
            return  # it ended while the disk was read
        asked = {"model": run.model, "dataset": run.dataset, "parameters": run.parameters, "offload": run.offload}
        self.worker.send({"type": "run", "req_id": run.req_id, **asked, "done": done})

    def _receive(self, message: Message) -> None:
        kind = message["type"]
        if kind == "memory":
            self.memory = {name: value for name, value in message.items() if name != "type"}
            self._ending.evidence.remember(self.memory)
            self.events.publish("memory", self.memory)
        elif kind == "cleared":
            self._clearing.answered(int(message["freed"]))
        elif kind == "unreleased":
            if run := self.runs.get(message["req_id"]):
                self._ending.unreleased(run, message["message"], message["details"])
            self.worker.kill()
        elif kind in ("hello", "state", "fatal"):
            self._ending.evidence.worker = self.worker.pid
            self.events.publish("health", {})
            self._next()
        elif self._current is not None and message.get("req_id") == self._current.req_id:
            self._about_current(self._current, message)

    def _about_current(self, run: Run, message: Message) -> None:
        kind = message["type"]
        if kind == "item":
            self._ending.items.add(run.req_id, message["key"], message["item"])
        elif kind == "stage":
            run.stage, run.last_update_time = (message["stage"], message["share"]), time.time()
            self._tell(run)
        elif kind == "progress":
            run.stage = None
            run.current_item, run.total_items = message["current_item"], message["total_items"]
            run.current_question, run.last_update_time = message["current_question"], time.time()
            self._tell(run)
        elif kind == "result":
            self._end(run, "completed", result=message["result"])
        elif kind == "error":
            code, details = message["code"], message["details"]
            status = "cancelled" if code == "cancelled" else "failed"
            self._end(run, status, error=message["message"], code=code, details=details or None)

    def _worker_died(self, reason: str) -> None:
        self.memory = None
        self._clearing.worker_died()
        self.events.publish("health", {})
        self.events.publish("memory", no_memory())
        run, killed = self._current, self._oom_kills.since()
        if run is not None and self._cancelling is not None:
            self._end(run, "cancelled", error=_CANCELLED, code="cancelled")
        elif run is not None:
            details = {"exit": reason, "oom_kills": killed}
            self._end(run, "failed", error=sentence_of(reason, killed), code="worker_died", details=details)
        self._next()

    def _end(
        self,
        run: Run,
        status: str,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
        code: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        """Nobody hears of the end before it is on disk; until then the run is as it was. With `details` it is an incident."""
        if run is self._current and self._cancelling is not None:
            self._cancelling.cancel()
            self._cancelling = None
        now = time.time()
        ended = replace(run, status=status, result=result, error=error, error_code=code or None, end_time=now)
        self._ending.begin(run, ended, details)

    def _ended(self, run: Run, ended: Run) -> None:
        run.status, run.error, run.error_code = ended.status, ended.error, ended.error_code
        run.end_time = run.last_update_time = ended.end_time
        if run is self._current:
            self._current = None
        for old in [one.req_id for one in self.runs.values() if one.finished][:-_KEPT]:
            del self.runs[old]
        self._tell(ended)
        self._next()

    def _tell(self, run: Run) -> None:
        self.events.publish("run", run_shape(run, with_result=run.finished))
