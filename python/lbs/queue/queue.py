"""The queue: submitted runs in order, one at a time on the worker."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import assert_never

from lbs.protocol.messages import (
    CancelRun,
    Cleared,
    Fatal,
    Hello,
    ImportFailed,
    ItemDone,
    JsonObject,
    Memory,
    PauseRun,
    Planned,
    Progress,
    RunFailed,
    RunMessage,
    RunResult,
    Stage,
    Starting,
    StartRun,
    State,
    Unreleased,
    WorkerMessage,
)
from lbs.queue.clearing import Clearing
from lbs.queue.ending import Ending
from lbs.queue.errors import Busy, Duplicate, HandedOver, NotQueued, QueueFull, WorkerFailed
from lbs.queue.events import Events
from lbs.queue.evidence import our_pids
from lbs.queue.oom_kills import OomKills, worker_died
from lbs.queue.resumed import finished_items
from lbs.queue.room import MeasureRoom, no_gpus
from lbs.queue.saving import Saving, StorageShape
from lbs.queue.shapes import QueueShape, memory_shape, run_shape
from lbs.queue.supervisor import WorkerSupervisor
from lbs.queue.waiting import Waiting
from lbs.queue.worker_process import WorkerCommand
from lbs.sentences import Sentence, say, short
from lbs.store import Run, RunStatus, RunStore, StoreError

_CANCEL_SECONDS = 5.0
_KEPT = 100
MOST_QUEUED = 10_000
_ORDER_REPORTED = 200


class RunQueue:
    """Lives in the event loop; threads write to the disk. Every change is published on `events`."""

    def __init__(
        self, store: RunStore, command: WorkerCommand, measure: MeasureRoom = no_gpus, limit: str = ""
    ) -> None:
        """`limit`: LBS_GPU_MEMORY_LIMIT as it was set, for sentences."""
        self.started_at = time.time()
        self.events = Events()
        self.store = store
        self.worker = WorkerSupervisor(command, self._receive, self._worker_died)
        self.memory: Memory | None = None
        self.runs: dict[str, Run] = {run.req_id: run for run in store.recent(_KEPT) if run.finished}
        self._queued: deque[Run] = deque()
        self._current: Run | None = None
        self._cancelling: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[None] | None = None
        self._clearing = Clearing(self.worker)
        self.saving = Saving(store, self._saving_changed)
        self._ending = Ending(store, self.saving, self._publish, self._ended)
        self._watching_space: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self.measure = measure
        self.limit = limit
        self._waiting = Waiting(
            measure,
            lambda: our_pids() | {self.worker.pid},
            memory=lambda: self.memory,
            on_look=self._next,
            on_change=self._publish,
            limit=limit,
        )
        self._handed_over = False
        self.held = False
        """No further run begins: the backend is about to restart."""
        self.paused = False
        """No further run begins: the person has paused the queue. Stored with it, so that it holds for every panel, script and
        backend that uses the queue."""
        self._oom_kills = OomKills()

    async def start(self) -> None:
        self.paused = self.store.order.paused()
        for run in self.store.take_held():
            self.runs[run.req_id] = run
            self._queued.append(run)
        self._watching_space = asyncio.create_task(self.saving.watch())
        await self.worker.start()

    def storage(self) -> StorageShape:
        return self.saving.shape(self._ending.items.unsaved())

    def hold(self, held: bool) -> None:
        """The run in progress continues; queued runs wait for the release, or for the next backend (`hand_over`)."""
        self.held = held
        self.events.publish("health", {})
        self._next()

    async def pause(self, paused: bool) -> None:
        """The run in progress continues; queued runs wait until the person resumes the queue. Raises StoreError."""
        async with self._changing:
            before, self.paused = self.paused, self.paused or paused
            try:
                await asyncio.to_thread(self.store.order.pause, paused)
                self.paused = paused
            except StoreError:
                self.paused = before
                raise
            finally:
                self.events.publish("health", {})
                self._next()

    async def move(self, req_id: str, before: str | None) -> None:
        """Moves a queued run before another queued one, or to the end. Raises NotQueued, HandedOver, StoreError."""
        async with self._changing:
            run = self._queued_run(req_id)
            if before == req_id:
                return
            order = [one for one in self._queued if one is not run]
            order.insert(len(order) if before is None else order.index(self._queued_run(before)), run)
            await asyncio.to_thread(self.store.order.keep, [one.req_id for one in order])
            # Some may have begun or ended meanwhile; none was added.
            left = {one.req_id for one in self._queued}
            self._queued = deque(one for one in order if one.req_id in left)
        self.events.publish("health", {})
        self._next()

    async def wait_for(self, req_id: str, wait_bytes: int | None) -> None:
        """A queued run begins once so many bytes are free for it; None: it waits for no memory. Raises NotQueued, HandedOver,
        StoreError."""
        async with self._changing:
            run = self._queued_run(req_id)
            await asyncio.to_thread(self.store.order.wait, req_id, wait_bytes)
            self._queued_run(req_id)
            run.wait_bytes, run.wait_sentence = wait_bytes, None
            self._publish(run)
        self._waiting.begun()
        self._next()

    def order(self) -> list[str]:
        """Ids of the queued runs."""
        return [run.req_id for run in self._queued]

    def shape(self) -> QueueShape:
        return {
            "paused": self.paused,
            "length": len(self._queued),
            "order": [run.req_id for run in islice(self._queued, _ORDER_REPORTED)],
        }

    def _queued_run(self, req_id: str) -> Run:
        if self._handed_over:
            raise HandedOver
        found = next((run for run in self._queued if run.req_id == req_id), None)
        if found is None:
            raise NotQueued(say("queue.not_queued", run=short(req_id)))
        return found

    async def hand_over(self) -> None:
        """Leaves the queued runs to the next backend on this database, and accepts no more. Raises StoreError."""
        self.held = True
        # A run that is being accepted goes along.
        async with self._changing:
            if self._queued:
                not_queued = [run.req_id for run in self.runs.values() if not run.finished and run not in self._queued]
                await asyncio.to_thread(self.store.hand_over, list(self._queued), not_queued)
                self._queued.clear()
            self._handed_over = True

    async def stop_run(self) -> None:
        """A person stops the backend: the run in progress is cancelled, and no further run begins."""
        self.held = True
        run = self._current
        if run is not None and not self._ending.has(run):
            self._end(run, "cancelled", error=say("queue.stopped"), code="stopped")
            await self._ending.wait(run)

    async def stop(self) -> None:
        """Stops the worker, and waits for results that are being written."""
        if self._watching_space:
            self._watching_space.cancel()
        self._waiting.stop()
        await self.worker.stop()
        await self._ending.settle()

    async def submit(self, runs: Sequence[Run]) -> None:
        """Accepts all runs or none, and stores them first: an accepted run survives any crash. Raises Duplicate, QueueFull,
        WorkerFailed, HandedOver, StoreError."""
        if self.worker.state == "failed":
            raise WorkerFailed(self.worker.error or say("queue.worker_failed"))
        async with self._changing:
            if self._handed_over:
                raise HandedOver
            if len(self._queued) + len(runs) > MOST_QUEUED:
                raise QueueFull(say("queue.full", most=MOST_QUEUED, queued=len(self._queued)))
            for name, times in Counter(run.req_id for run in runs).items():
                if times > 1 or await self.find(name) is not None:
                    raise Duplicate(say("queue.duplicate", run=name))
            await asyncio.to_thread(self.store.save, *runs)
            for run in runs:
                self.runs[run.req_id] = run
                self._queued.append(run)
                self._publish(run)
        self.events.publish("health", {})
        self._next()

    async def find(self, req_id: str) -> Run | None:
        return self.runs.get(req_id) or await asyncio.to_thread(self.store.get, req_id)

    async def with_result(self, run: Run) -> Run:
        """Results stay on disk: a hundred large grids would fill the memory."""
        saved = await asyncio.to_thread(self.store.get, run.req_id) if run.finished else None
        return replace(run, result=saved.result) if saved else run

    @property
    def current(self) -> Run | None:
        """The run in progress."""
        return self._current

    def unsaved_items(self, req_id: str) -> dict[str, JsonObject]:
        return self._ending.items.pending(req_id)

    def forget(self, req_ids: Sequence[str]) -> None:
        """Deleted runs, which have ended."""
        for req_id in req_ids:
            self.runs.pop(req_id, None)

    def cancel(self, run: Run) -> None:
        """A queued run ends at once; the run in progress between two tokens, or with its worker after 5 s."""
        if run in self._queued:
            self._queued.remove(run)
            self.events.publish("health", {})
            self._end(run, "cancelled", error=say("queue.cancelled"), code="cancelled")
        elif run is self._current and self._cancelling is None and not self._ending.has(run):
            self.worker.send(CancelRun(run.req_id))
            loop = asyncio.get_running_loop()
            self._cancelling = loop.call_later(_CANCEL_SECONDS, self.worker.kill)

    async def clear(self) -> int:
        """Evicts cached models from the GPUs, and kills a worker that does not answer. Returns the bytes that were freed.
        Raises Busy."""
        if self._current is not None:
            raise Busy(say("queue.busy", run=self._current.req_id))
        try:
            return await self._clearing.clear(sum(gpu["used"] for gpu in self.memory.gpus) if self.memory else 0)
        finally:
            self._next()

    async def wait_finished(self, seconds: float) -> None:
        """Returns when a run ends, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.run_ended.wait(), seconds)

    def _next(self) -> None:
        could_begin = self._current is None and not self._stopped and self.worker.state == "idle"
        self._waiting.follow(self._queued, soon=could_begin)
        if self._current is not None or not self._queued or self._clearing.active or self._stopped:
            return
        if self.worker.state == "failed":
            error = self.worker.error or say("queue.worker_failed")
            while self._queued:
                self._end(self._queued.popleft(), "failed", error=error, code="worker_failed")
        elif self.worker.state == "idle" and (run := self._waiting.next_of(self._queued)):
            self._queued.remove(run)
            self._begin(run)

    @property
    def _stopped(self) -> bool:
        return self.held or self.paused or self.saving.pauses

    def _begin(self, run: Run) -> None:
        # Not stored: after a crash a run in progress fails just as a queued one does.
        self._current = run
        self._waiting.begun()
        run.wait_sentence = None
        run.status, run.start_time, run.last_update_time = "processing", time.time(), time.time()
        self._publish(run)
        self._starting = asyncio.create_task(self._send(run))

    async def _send(self, run: Run) -> None:
        try:
            done = await finished_items(self.store, run)
        except (StoreError, sqlite3.Error, ValueError) as error:
            self._end(run, "failed", error=say("queue.items_unreadable", reason=str(error)), code="storage")
            return
        if run is not self._current or self._ending.has(run):
            return  # the run ended meanwhile
        self.worker.send(StartRun(run.req_id, run.model, run.dataset, run.parameters, run.offload, done, run.force))
        self._pause(run)

    def _saving_changed(self) -> None:
        self.events.publish("health", {})
        if self._current is not None:
            self._pause(self._current)
            self._publish(self._current)
        self._next()

    def _pause(self, run: Run) -> None:
        if run.paused != self.saving.pauses:
            run.paused = self.saving.pauses
            self.worker.send(PauseRun(run.req_id, run.paused))

    def _receive(self, message: WorkerMessage) -> None:
        match message:
            case Memory():
                self.memory = message
                self._ending.evidence.remember(message)
                self.events.publish("memory", memory_shape(message))
            case ImportFailed():
                pass  # the supervisor looks for what is at fault when the worker has exited
            case Cleared(freed=freed):
                self._clearing.answered(freed)
            case Unreleased(req_id=req_id, sentence=sentence, details=details):
                if run := self.runs.get(req_id):
                    self._ending.unreleased(run, sentence, details)
                self.worker.kill()
            case Starting() | Hello() | State() | Fatal():
                self._ending.evidence.worker_pid = self.worker.pid
                self.events.publish("health", {})
                self._next()
            case Stage() | Planned() | Progress() | ItemDone() | RunResult() | RunFailed():
                if self._current is not None and message.req_id == self._current.req_id:
                    self._update(self._current, message)
            case _:
                assert_never(message)

    def _update(self, run: Run, message: RunMessage) -> None:
        match message:
            case ItemDone(key=key, item=item):
                self._ending.items.add(run.req_id, key, item)
                if self.saving.failing:
                    self._saving_changed()
            case Stage(stage=stage, share=share):
                run.stage, run.last_update_time = (stage, share), time.time()
                self._publish(run)
            case Planned():
                run.plan, run.predicted_peak = message.plan, message.predicted_peak
                run.offloaded = message.offloaded
                self._ending.planned(run)
                self._publish(run)
            case Progress():
                run.stage = None
                run.current_item, run.total_items = message.current_item, message.total_items
                run.current_question, run.last_update_time = message.current_question, time.time()
                self._publish(run)
            case RunResult(result=result):
                self._end(run, "completed", result=result)
            case RunFailed(code=code, sentence=sentence, details=details):
                status: RunStatus = "cancelled" if code == "cancelled" else "failed"
                self._end(run, status, error=sentence, code=code, details=details or None)
            case _:
                assert_never(message)

    def _worker_died(self, reason: Sentence) -> None:
        self.memory = None
        self._clearing.worker_died()
        self.events.publish("health", {})
        self.events.publish("memory", memory_shape(None))
        run, kills = self._current, self._oom_kills.since()
        if run is not None and self._cancelling is not None:
            self._end(run, "cancelled", error=say("queue.cancelled"), code="cancelled")
        elif run is not None:
            details = {"exit": str(reason), "oom_kills": kills}
            self._end(run, "failed", error=worker_died(reason, kills), code="worker_died", details=details)
        self._next()

    def _end(
        self,
        run: Run,
        status: RunStatus,
        *,
        result: JsonObject | None = None,
        error: Sentence | None = None,
        code: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """The run keeps its state until its end is stored. `details` make the end an incident."""
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
        self._publish(ended)
        self._next()

    def _publish(self, run: Run) -> None:
        run.unsaved_items = self._ending.items.unsaved(run.req_id)
        self.events.publish("run", run_shape(run, with_result=run.finished))
