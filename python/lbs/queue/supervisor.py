"""Keeps one worker alive: starts it, and starts it again with back-off when it dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from lbs.protocol.messages import Fatal, Hello, ServerMessage, State, WorkerMessage, WorkerState
from lbs.queue.worker_process import WorkerCommand, WorkerProcess, describe_exit
from lbs.sentences import Sentence, say

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
_STABLE_SECONDS = 60.0


class WorkerSupervisor:
    def __init__(
        self,
        command: WorkerCommand,
        on_message: Callable[[WorkerMessage], None],
        on_death: Callable[[Sentence], None],
    ) -> None:
        self._command = command
        self._on_message = on_message
        self._on_death = on_death
        self._process: WorkerProcess | None = None
        self._wait = _FIRST_WAIT
        self._has_run = False
        self._started = 0.0
        self._restart: asyncio.Task[None] | None = None
        self._killed = False
        self.state: WorkerState | Literal["starting", "stopping", "stopped", "failed"] = "stopped"
        self.error: Sentence | None = None
        self.hello: Hello | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def warm(self) -> bool:
        """The worker was forked from a parent that had imported everything (lbs/forkserver)."""
        return self._process is not None and self._process.warm

    async def start(self) -> None:
        self.state, self.error, self.hello = "starting", None, None
        self._killed = False
        self._started = time.monotonic()
        self._process = WorkerProcess(self._receive, self._exited)
        try:
            await self._process.start(self._command)
        except OSError as error:
            # The cause, such as too little memory, may pass: retried like any other death.
            self._died(say("queue.worker_cannot_start", reason=error.strerror or str(error)))

    def send(self, message: ServerMessage) -> None:
        if self._process is not None:
            self._process.send(message)

    def kill(self) -> None:
        """Kills the worker, which frees all that it holds; the next one starts without back-off."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    async def stop(self) -> None:
        self.state = "stopping"
        if self._restart is not None:
            self._restart.cancel()
        if self._process is not None:
            await self._process.stop()
        self.state = "stopped"

    def _receive(self, message: WorkerMessage) -> None:
        match message:
            case Hello():
                self.hello, self.state = message, "idle"
            case State(state=state) if self.state != "stopping":
                self.state = state
                self._has_run = self._has_run or state in ("loading", "running")
            case Fatal(sentence=sentence):
                self.state, self.error = "failed", sentence
        self._on_message(message)

    def _exited(self, code: int | None) -> None:
        if self.state != "stopping":
            self._died(self.error or say("queue.worker_exited", how=describe_exit(code)))

    def _died(self, reason: Sentence) -> None:
        # After a fatal message another worker would fail for the same reason.
        fatal = self.state == "failed"
        self._process = None
        self.hello = None
        self.state = "failed" if fatal else "starting"
        self.error = reason if fatal or not self._killed else None
        self._on_death(reason)
        if not fatal:
            self._restart = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        # A worker that died during a run is able to start: the back-off grows only for one that is not.
        if self._has_run or time.monotonic() - self._started > _STABLE_SECONDS:
            self._wait = _FIRST_WAIT
        self._has_run = False
        if not self._killed:
            await asyncio.sleep(self._wait)
            self._wait = min(_LONGEST_WAIT, self._wait * 2)
        await self.start()
