"""Keeps one worker alive: starts it, starts it again with back-off when it dies, remembers what it last said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from lbs.protocol.messages import Message
from lbs.queue.worker_process import WorkerCommand, WorkerProcess, describe_exit

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
_CALM_AFTER = 60.0


class Worker:
    """`state` is one of starting, idle, loading, running, stopping, stopped, failed."""

    def __init__(
        self, command: WorkerCommand, on_message: Callable[[Message], None], on_death: Callable[[str], None]
    ) -> None:
        self._command = command
        self._on_message = on_message
        self._on_death = on_death
        self._process: WorkerProcess | None = None
        self._wait = _FIRST_WAIT
        self._worked = False
        self._started = 0.0
        self._restart: asyncio.Task[None] | None = None
        self._expected_end = False
        self.state = "stopped"
        self.error: str | None = None
        self.hello: dict[str, Any] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def warm(self) -> bool:
        """It was forked from a parent that had imported everything (lbs/forkserver)."""
        return self._process is not None and self._process.warm

    async def start(self) -> None:
        self.state, self.error, self.hello = "starting", None, None
        self._expected_end = False
        self._started = time.monotonic()
        self._process = WorkerProcess(self._receive, self._exited)
        try:
            await self._process.start(self._command)
        except OSError as error:
            # No memory, no more processes: that may pass, so it is tried again like any other death.
            self._ended(f"The worker cannot be started ({error.strerror}).")

    def send(self, message: Mapping[str, Any]) -> None:
        if self._process is not None:
            self._process.send(message)

    def kill(self) -> None:
        """Ends it at once, and with it everything that it holds; a fresh one follows without a wait."""
        self._expected_end = True
        if self._process is not None:
            self._process.kill()

    async def stop(self) -> None:
        self.state = "stopping"
        if self._restart is not None:
            self._restart.cancel()
        if self._process is not None:
            await self._process.end()
        self.state = "stopped"

    def _receive(self, message: Message) -> None:
        kind = message["type"]
        if kind == "hello":
            self.hello = {name: value for name, value in message.items() if name != "type"}
            self.state = "idle"
        elif kind == "state" and self.state != "stopping":
            self.state = message["state"]
            self._worked = self._worked or self.state in ("loading", "running")
        elif kind == "fatal":
            self.state, self.error = "failed", message["message"]
        self._on_message(message)

    def _exited(self, code: int | None) -> None:
        if self.state != "stopping":
            self._ended(self.error or f"The worker {describe_exit(code)}.")

    def _ended(self, reason: str) -> None:
        # A worker that said why it cannot work would say the same again.
        fatal = self.state == "failed"
        self._process = None
        self.hello = None
        self.state = "failed" if fatal else "starting"
        self.error = reason if fatal or not self._expected_end else None
        self._on_death(reason)
        if not fatal:
            self._restart = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        # One that died of a run can start, and the next run may be another: only what cannot start is tried more seldom.
        if self._worked or time.monotonic() - self._started > _CALM_AFTER:
            self._wait = _FIRST_WAIT
        self._worked = False
        if not self._expected_end:
            await asyncio.sleep(self._wait)
            self._wait = min(_LONGEST_WAIT, self._wait * 2)
        await self.start()
