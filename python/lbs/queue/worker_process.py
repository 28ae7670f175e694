"""One worker process as the server sees it: messages in and out, and its exit."""

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

from lbs.protocol.codec import MAX_LINE_BYTES, MessageError, decode_from_worker, encode
from lbs.protocol.messages import ServerMessage, WorkerMessage
from lbs.queue.forked import Forked, NotForked, fork_worker
from lbs.sentences import Sentence, say


@dataclass(frozen=True)
class WorkerCommand:
    """How to start a worker: `folder` is its working directory, `forkserver` the socket of a fork server, `probe` the words
    that run lbs.imports.probe (empty: a worker that exits during its imports is only started again)."""

    words: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    forkserver: str | None = None
    probe: Sequence[str] = ()


class WorkerProcess:
    """Calls `on_message` with every message, and `on_exit` with the exit code after the last; both in the event loop."""

    def __init__(self, on_message: Callable[[WorkerMessage], None], on_exit: Callable[[int | None], None]) -> None:
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def warm(self) -> bool:
        """Forked from a parent that had imported everything."""
        return isinstance(self._process, Forked)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self, command: WorkerCommand) -> None:
        """Forks from the fork server where it is able to, else spawns a process. Raises OSError."""
        try:
            if command.forkserver is None:
                raise NotForked
            self._process = await fork_worker(command.forkserver, command.env, command.folder)
        except NotForked as reason:
            # Without a socket the fork server has not started yet, which is normal.
            if command.forkserver is not None and Path(command.forkserver).exists():
                print(f"[Server] Cold start of the worker: {reason}.", file=sys.stderr, flush=True)
            self._process = await _spawned(command)
        self._reading = asyncio.create_task(self._read(self._process))

    def send(self, message: ServerMessage) -> None:
        """Never raises: `on_exit` reports a worker that has exited."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(encode(message))

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self, grace: float = 1.0) -> None:
        """Closes the worker's stdin, which makes it exit, and kills it after `grace` seconds."""
        if self._process is None or self._reading is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not await _within(self._reading, grace):
            self.kill()
            # A process stuck in the driver cannot be killed: the server does not wait for it.
            await _within(self._reading, grace)

    async def _read(self, process: asyncio.subprocess.Process | Forked) -> None:
        assert process.stdout is not None
        while line := await _line(process.stdout):
            try:
                message = decode_from_worker(line)
            except MessageError as error:
                print(f"[Server] The worker sent an unreadable message: {error}.", file=sys.stderr)
                continue
            try:
                self._on_message(message)
            except Exception:
                # One message that cannot be handled must not stop the reading of the next ones.
                traceback.print_exc(file=sys.stderr)
        self._on_exit(await process.wait())


async def _spawned(command: WorkerCommand) -> asyncio.subprocess.Process:
    # The worker prints to our terminal. It exits when its stdin closes, which happens when we exit.
    with _ignoring_ctrl_c():
        return await asyncio.create_subprocess_exec(
            *command.words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(command.env),
            cwd=command.folder,
            limit=MAX_LINE_BYTES,
        )


@contextlib.contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """A process started inside ignores SIGINT, which a terminal sends to the whole group: the server stops the worker."""
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
        # The line is longer than any message: the next reads skip the rest of it.
        return b"{}\n"


def describe_exit(code: int | None) -> Sentence:
    """How a process ended, as the end of a sentence; None: its exit code was lost."""
    if code is None:
        return say("queue.exited_unseen")
    if code >= 0:
        return say("queue.exited", code=code)
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return say("queue.killed_by_signal", signal=name)
