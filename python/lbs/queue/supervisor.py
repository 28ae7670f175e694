"""Keeps one worker alive: starts it, and starts it again with back-off when it dies. One that cannot start is given up."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Literal

from lbs.imports.diagnose import Failure, Probe, diagnose
from lbs.imports.words import failure_sentence
from lbs.protocol.messages import (
    Fatal,
    Hello,
    ImportFailed,
    ServerMessage,
    Starting,
    State,
    WorkerMessage,
    WorkerState,
)
from lbs.queue.in_thread import in_daemon_thread
from lbs.queue.worker_process import WorkerCommand, WorkerProcess, describe_exit
from lbs.sentences import Sentence, say

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
_STABLE_SECONDS = 60.0
# A cold disk or a network home may take minutes.
_START_SECONDS = 300.0
_MOST_FAILED_STARTS = 6
# signal.SIGKILL does not exist on Windows.
_SIGKILL = 9
_GPUS, _EXAMINING = "gpus", "examining"


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
        self._deadline: asyncio.TimerHandle | None = None
        self._killed = False
        self._late = False
        self._failed_starts = 0
        self._import_failure: Failure | None = None
        self.state: WorkerState | Literal["starting", "stopping", "stopped", "failed"] = "stopped"
        self.error: Sentence | None = None
        self.hello: Hello | None = None
        self.step: str | None = None
        """While it starts: python, the module that it imports, gpus, or examining (why the imports fail)."""
        self.since = time.time()
        """Unix seconds of the last start."""

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def warm(self) -> bool:
        """The worker was forked from a parent that had imported everything (lbs/forkserver)."""
        return self._process is not None and self._process.warm

    async def start(self) -> None:
        self.state, self.error, self.hello = "starting", None, None
        self.step, self.since = "python", time.time()
        self._killed = self._late = False
        self._import_failure = None
        self._started = time.monotonic()
        self._deadline = asyncio.get_running_loop().call_later(_START_SECONDS, self._too_late)
        self._process = WorkerProcess(self._receive, self._exited)
        try:
            await self._process.start(self._command)
        except OSError as error:
            # The cause, such as too little memory, may pass: retried like any other death.
            self.step = _GPUS
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
        for pending in (self._restart, self._deadline):
            if pending is not None:
                pending.cancel()
        if self._process is not None:
            await self._process.stop()
        self.state = "stopped"

    def _too_late(self) -> None:
        self._late = True
        if self._process is not None:
            self._process.kill()

    def _receive(self, message: WorkerMessage) -> None:
        match message:
            case Starting(step=step) if self.hello is None:
                self.step = step
            case ImportFailed(module=module, error=error, file=file):
                self._import_failure = Failure(module, file=file, error=error)
            case Hello():
                self._has_started(message)
            case State(state=state) if self.state != "stopping":
                self.state = state
                self._has_run = self._has_run or state in ("loading", "running")
            case Fatal(sentence=sentence):
                self.state, self.error = "failed", sentence
        self._on_message(message)

    def _has_started(self, hello: Hello) -> None:
        self.hello, self.state, self.step = hello, "idle", None
        self._failed_starts = 0
        if self._deadline is not None:
            self._deadline.cancel()

    def _exited(self, code: int | None) -> None:
        if self.state != "stopping":
            # A kill, by a user or for lack of RAM, says nothing about the imports.
            by_itself = code is None or code >= 0 or -code != _SIGKILL
            self._died(self.error or say("queue.worker_exited", how=describe_exit(code)), by_itself=by_itself)

    def _died(self, reason: Sentence, *, by_itself: bool = True) -> None:
        # After a fatal message another worker would fail for the same reason.
        fatal = self.state == "failed"
        had_started = self.hello is not None or self._killed
        if self._deadline is not None:
            self._deadline.cancel()
        self._process = None
        self.hello = None
        if fatal:
            self._give_up(reason)
            return
        self.state = "starting"
        self.error = None if self._killed else reason
        if not had_started:
            self._failed_starts += 1
        examine = not had_started and self.step != _GPUS and (by_itself or self._late)
        self.step = _EXAMINING if examine else None
        self._on_death(reason)
        self._restart = asyncio.create_task(self._recover(reason, examine=examine))

    def _give_up(self, sentence: Sentence) -> None:
        """Starts no more: the user has to act first."""
        self.state, self.error, self.step = "failed", sentence, None
        print(f"[Server] The worker cannot start, so no run is accepted: {sentence}", file=sys.stderr, flush=True)
        self._on_death(sentence)

    async def _recover(self, reason: Sentence, *, examine: bool) -> None:
        if examine and (failure := await self._examined()):
            self._give_up(failure_sentence(failure, self._command.env))
        elif self._late:
            self._give_up(say("queue.worker_late", seconds=f"{_START_SECONDS:.0f}"))
        elif self._failed_starts >= _MOST_FAILED_STARTS:
            self._give_up(say("queue.worker_gave_up", reason=reason, times=self._failed_starts))
        else:
            await self._start_again()

    async def _examined(self) -> Failure | None:
        """Why the imports fail; None where they work, so that the worker died of something that may pass."""
        command, known = self._command, self._import_failure
        if not command.probe:
            return known
        probe = Probe(command.probe, command.env, command.folder)
        return await in_daemon_thread(lambda: diagnose(probe, known), "imports")

    async def _start_again(self) -> None:
        # A worker that died during a run is able to start: the back-off grows only for one that is not.
        if self._has_run or time.monotonic() - self._started > _STABLE_SECONDS:
            self._wait = _FIRST_WAIT
        self._has_run = False
        if not self._killed:
            await asyncio.sleep(self._wait)
            self._wait = min(_LONGEST_WAIT, self._wait * 2)
        await self.start()
