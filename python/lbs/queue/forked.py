"""A worker forked by the forkserver (lbs/forkserver), with the parts of asyncio's Process that its owner uses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbs.protocol.messages import MAX_LINE_BYTES

_ANSWER_SECONDS = 2.0
_LOOK_SECONDS = 0.1


class NotForked(RuntimeError):
    """There is no warm parent; the message says why. A worker started from nothing does as well, later."""


class Forked:
    """`stdin` and `stdout` are the worker's; it ends with its stdin."""

    def __init__(self, pid: int, streams: tuple[asyncio.StreamWriter, asyncio.StreamReader], parent: _Parent) -> None:
        self.pid = pid
        self.stdin, self.stdout = streams
        self._parent = parent
        self._started = _start_of(pid)

    def kill(self) -> None:
        """Through its parent, who knows that the pid is still its child's; by ourselves where the parent is gone."""
        if not self._parent.say(b"%d\n" % signal.SIGKILL) and self._lives():
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int | None:
        """The exit code, negative for a signal; None where its parent died before it and nobody saw how it ended."""
        told = await self._parent.hear()
        while told is None and self._lives():
            await asyncio.sleep(_LOOK_SECONDS)
        self._parent.close()
        return None if told is None else int(told["exit"])

    def _lives(self) -> bool:
        return self._started is not None and _start_of(self.pid) == self._started


async def fork_worker(path: str, env: Mapping[str, str], folder: Path) -> Forked:
    """Asks the forkserver at `path` for a worker. Fails with NotForked."""
    their_stdin, our_stdin = os.pipe()
    our_stdout, their_stdout = os.pipe()
    try:
        # stderr is ours: what the worker prints goes to the person's terminal.
        pid, parent = await _asked(path, env, folder, [their_stdin, their_stdout, 2])
    except NotForked:
        # One that is forked all the same, too late, finds its stdin at the end.
        os.close(our_stdin)
        os.close(our_stdout)
        raise
    finally:
        os.close(their_stdin)
        os.close(their_stdout)
    return Forked(pid, await _streams(our_stdin, our_stdout), parent)


async def _asked(path: str, env: Mapping[str, str], folder: Path, streams: list[int]) -> tuple[int, _Parent]:
    """The worker's pid and the line to its parent, which ends it where that line ends. Fails with NotForked."""
    try:
        parent = await _Parent.connect(path)
    except OSError as error:
        raise NotForked(str(error)) from None
    try:
        parent.send({"python": os.path.realpath(sys.executable), "env": dict(env), "folder": str(folder)}, streams)
        told = await asyncio.wait_for(parent.hear(), _ANSWER_SECONDS)
    except (OSError, TimeoutError) as error:
        parent.close()
        raise NotForked(str(error) or "the forkserver did not answer") from None
    if told is None or "pid" not in told:
        parent.close()
        raise NotForked(told["refused"] if told else "the forkserver went away")
    return int(told["pid"]), parent


class _Parent:
    """The line to the forkserver."""

    def __init__(self, connection: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, path: str) -> _Parent:
        connection = socket.socket(socket.AF_UNIX)
        # A local socket connects at once or not at all, and takes an environment whole.
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(path)
        except OSError:
            connection.close()
            raise
        return cls(connection, *await asyncio.open_unix_connection(sock=connection))

    def send(self, message: Mapping[str, Any], descriptors: list[int]) -> None:
        # One byte carries the descriptors; the transport, which knows none, sends the rest.
        text = json.dumps(message).encode() + b"\n"
        socket.send_fds(self._connection, [text[:1]], descriptors)
        self._writer.write(text[1:])

    def say(self, line: bytes) -> bool:
        """False where nobody is there to hear it."""
        if self._reader.at_eof() or self._writer.is_closing():
            return False
        self._writer.write(line)
        return True

    async def hear(self) -> dict[str, Any] | None:
        """The next message; None where the forkserver is gone."""
        with contextlib.suppress(OSError, ValueError):
            line = await self._reader.readline()
            return json.loads(line) if line.endswith(b"\n") else None
        return None

    def close(self) -> None:
        self._writer.close()


async def _streams(writes: int, reads: int) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reads, "rb", buffering=0))
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(writes, "wb", buffering=0)
    )
    return asyncio.StreamWriter(transport, protocol, None, loop), reader


def _start_of(pid: int) -> str | None:
    """When it was started, in the kernel's ticks; None once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
