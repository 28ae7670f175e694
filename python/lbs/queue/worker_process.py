"""One worker process as the server sees it: messages in and out, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lbs.messages import MAX_LINE_BYTES, Message, MessageError, decode, encode


class WorkerProcess:
    """`on_message` gets every message, `on_exit` the exit code once all of them are read; both in the event loop."""

    def __init__(self, on_message: Callable[[Message], None], on_exit: Callable[[int], None]) -> None:
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        # stderr is ours: what the worker prints goes to the person's terminal. Its stdin ends with us, and it with that.
        with _deaf_to_ctrl_c():
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=dict(env),
                cwd=folder,
                limit=MAX_LINE_BYTES,
            )
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

    async def _read(self, process: asyncio.subprocess.Process) -> None:
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


def describe_exit(code: int) -> str:
    """How a process ended, as a person would say it."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    hint = " (the kernel does that when the machine's memory runs out)" if -code == signal.SIGKILL else ""
    return f"was ended by {name}{hint}"
