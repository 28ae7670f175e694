"""The queue: what was submitted, in order, one run at a time on the worker."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from lbs.messages import Message
from lbs.queue.events import Events
from lbs.queue.shapes import run_shape
from lbs.queue.worker import Worker, WorkerCommand
from lbs.store import Run, RunStore

_CANCEL_SECONDS = 5.0
_CLEAR_SECONDS = 5.0
_CANCELLED = "Cancelled."


class Busy(RuntimeError):
    """A run is on; the message says what to do first."""


class RunQueue:
    """Lives in the event loop. Everything that changes is published on `events`."""

    def __init__(self, store: RunStore, command: WorkerCommand) -> None:
        self.events = Events()
        self.store = store
        self.worker = Worker(command, self._receive, self._worker_died)
        self.memory: dict[str, Any] | None = None
        self.runs: dict[str, Run] = {run.req_id: run for run in store.recent()}
        self._waiting: deque[Run] = deque()
        self._current: Run | None = None
        self._cancelling: asyncio.TimerHandle | None = None
        self._cleared: asyncio.Future[int] | None = None
        self._finished = asyncio.Event()

    async def start(self) -> None:
        await self.worker.start()

    async def stop(self) -> None:
        await self.worker.stop()

    def submit(self, run: Run) -> None:
        """On disk first: a run that was accepted is known after any crash."""
        self.store.save(run)
        self.runs[run.req_id] = run
        self._waiting.append(run)
        self._tell(run)
        self._next()

    def find(self, req_id: str) -> Run | None:
        return self.runs.get(req_id) or self.store.get(req_id)

    def cancel(self, run: Run) -> None:
        """A queued run ends at once, the one that is on between two tokens, or with its worker after 5 s."""
        if run in self._waiting:
            self._waiting.remove(run)
            self._end(run, "cancelled", error=_CANCELLED, code="cancelled")
        elif run is self._current and self._cancelling is None:
            self.worker.send({"type": "cancel", "req_id": run.req_id})
            loop = asyncio.get_running_loop()
            self._cancelling = loop.call_later(_CANCEL_SECONDS, self.worker.kill)

    async def clear(self) -> int:
        """Cached models leave the GPU; a worker that does not answer is ended. Bytes that came back. Fails with Busy."""
        if self._current is not None:
            raise Busy(f"Run {self._current.req_id} is on: cancel it first, then clear.")
        held: int = sum(gpu["used"] for gpu in (self.memory or {}).get("gpus", []))
        if self.worker.state != "idle":
            return 0
        self._cleared = asyncio.get_running_loop().create_future()
        self.worker.send({"type": "clear"})
        try:
            return await asyncio.wait_for(self._cleared, _CLEAR_SECONDS)
        except TimeoutError:
            self.worker.kill()
            return held
        finally:
            self._cleared = None

    async def wait_finished(self, seconds: float) -> None:
        """Until some run ends, or the time is over."""
        self._finished.clear()
        try:
            await asyncio.wait_for(self._finished.wait(), seconds)
        except TimeoutError:
            return

    def _next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        if self.worker.state == "failed":
            for run in list(self._waiting):
                self._waiting.remove(run)
                self._end(run, "failed", error=self.worker.error or "The worker failed.", code="worker_failed")
            return
        if self.worker.state != "idle":
            return
        run = self._current = self._waiting.popleft()
        run.status, run.start_time, run.last_update_time = "processing", time.time(), time.time()
        self.store.save(run)
        self._tell(run)
        self.worker.send(
            {
                "type": "run",
                "req_id": run.req_id,
                "model": run.model,
                "dataset": run.dataset,
                "parameters": run.parameters,
                "offload": run.offload,
            }
        )

    def _receive(self, message: Message) -> None:
        kind = message["type"]
        if kind == "memory":
            self.memory = {name: value for name, value in message.items() if name != "type"}
            self.events.publish("memory", self.memory)
        elif kind == "cleared":
            if self._cleared is not None and not self._cleared.done():
                self._cleared.set_result(int(message["freed"]))
        elif kind in ("hello", "state", "fatal"):
            self.events.publish("health", {})
            self._next()
        elif self._current is not None and message.get("req_id") == self._current.req_id:
            self._about_current(self._current, message)

    def _about_current(self, run: Run, message: Message) -> None:
        kind = message["type"]
        if kind == "progress":
            run.current_item, run.total_items = message["current_item"], message["total_items"]
            run.current_question, run.last_update_time = message["current_question"], time.time()
            self._tell(run)
        elif kind == "result":
            run.result = message["result"]
            self._end(run, "completed")
        elif kind == "error":
            cancelled = message["code"] == "cancelled"
            self._end(run, "cancelled" if cancelled else "failed", error=message["message"], code=message["code"])

    def _worker_died(self, reason: str) -> None:
        self.memory = None
        self.events.publish("health", {})
        run = self._current
        if run is not None and self._cancelling is not None:
            self._end(run, "cancelled", error=_CANCELLED, code="cancelled")
        elif run is not None:
            sentence = f"{reason} The run ended with it; the backend goes on. Lower the context lengths and try again."
            self._end(run, "failed", error=sentence, code="worker_died")
        self._next()

    def _end(self, run: Run, status: str, *, error: str | None = None, code: str | None = None) -> None:
        """The result is on disk before anybody hears of it."""
        if run is self._current:
            self._current = None
            if self._cancelling is not None:
                self._cancelling.cancel()
                self._cancelling = None
        run.status, run.error, run.error_code = status, error, code
        run.end_time = run.last_update_time = time.time()
        self.store.save(run)
        self._tell(run)
        self._finished.set()
        self._next()

    def _tell(self, run: Run) -> None:
        self.events.publish("run", run_shape(run, with_result=run.finished))
