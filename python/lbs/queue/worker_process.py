"""One worker process as the server sees it: messages in and out, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lbs.protocol.messages import MAX_LINE_BYTES, Message, MessageError, decode, encode
from lbs.queue.forked import Forked, NotForked, fork_worker


@dataclass(frozen=True)
class WorkerCommand:
    """How to start a worker: `folder` is its working directory, `forkserver` the socket of a warm parent."""

    words: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    forkserver: str | None = None


class WorkerProcess:
    """`on_message` gets every message, `on_exit` the exit code once all of them are read; both in the event loop."""

    def __init__(self, on_message: Callable[[Message], None], on_exit: Callable[[int | None], None]) -> None:
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def warm(self) -> bool:
        """It was forked from a parent that had imported everything."""
        return isinstance(self._process, Forked)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self, command: WorkerCommand) -> None:
        """Warm where there is a forkserver that can, else from nothing. Fails with an OSError."""
        try:
            if command.forkserver is None:
                raise NotForked
            self._process = await fork_worker(command.forkserver, command.env, command.folder)
        except NotForked as reason:
            # Where nobody listens it has not been warm yet, which is no news.
            if command.forkserver is not None and Path(command.forkserver).exists():
                print(f"[Server] The worker starts cold: {reason}.", file=sys.stderr, flush=True)
            self._process = await _spawned(command)
        self._reading = asyncio.create_task(self._read(self._process))

    def send(self, message: Mapping[str, Any]) -> None:
        """Never fails: a worker that is gone is told by `on_exit`."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(encode(message))

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def end(self, grace: float = 1.0) -> None:
        """Its stdin is closed, which it answers by leaving; then it is killed. Returns when it is gone."""
        if self._process is None or self._reading is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not await _within(self._reading, grace):
            self.kill()
            # A process that the driver holds cannot be ended by anybody: the server does not wait for it.
            await _within(self._reading, grace)

    async def _read(self, process: asyncio.subprocess.Process | Forked) -> None:
        assert process.stdout is not None
        while line := await _line(process.stdout):
            try:
                message = decode(line)
            except MessageError as error:
                print(f"[Server] The worker said something odd: {error}.", file=sys.stderr)
                continue
            try:
                self._on_message(message)
            except Exception:
                # One message that makes no sense must not make us deaf to those that follow.
                traceback.print_exc(file=sys.stderr)
        self._on_exit(await process.wait())


async def _spawned(command: WorkerCommand) -> asyncio.subprocess.Process:
    # stderr is ours: what the worker prints goes to the person's terminal. Its stdin ends with us, and it with that.
    with _deaf_to_ctrl_c():
        return await asyncio.create_subprocess_exec(
            *command.words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(command.env),
            cwd=command.folder,
            limit=MAX_LINE_BYTES,
        )


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started inside ignores SIGINT: a terminal sends it to the whole group, and ending the worker is our part."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _within(task: asyncio.Task[None], seconds: float) -> bool:
    done, _ = await asyncio.wait([task], timeout=seconds)
    return bool(done)


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:
        # Longer than any message of ours: the rest of it is skipped up to the next newline by the next reads.
        return b"{}\n"


def describe_exit(code: int | None) -> str:
    """How a process ended, as a person would say it; None: nobody saw it."""
    if code is None:
        return "ended, and nobody saw how"
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was ended by {name}"
