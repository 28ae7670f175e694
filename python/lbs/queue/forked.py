"""A worker forked by the fork server (lbs/forkserver), with the parts of asyncio's Process that WorkerProcess uses."""

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
from typing import TypedDict

from lbs.protocol.codec import MAX_LINE_BYTES

_ANSWER_SECONDS = 2.0
_POLL_SECONDS = 0.1


class ForkRequest(TypedDict):
    """`python`: the interpreter's real path, which must be the fork server's."""

    python: str
    env: dict[str, str]
    folder: str


class ForkReply(TypedDict, total=False):
    """First `pid` or `refused`, and the worker's `exit` code once it has ended."""

    pid: int
    refused: str
    exit: int


class NotForked(RuntimeError):
    """No fork server forked a worker; the message says why. The caller spawns one instead."""


class Forked:
    """`stdin` and `stdout` are the worker's; it exits when its stdin closes."""

    def __init__(
        self, pid: int, streams: tuple[asyncio.StreamWriter, asyncio.StreamReader], parent: _ForkServer
    ) -> None:
        self.pid = pid
        self.stdin, self.stdout = streams
        self._parent = parent
        self._started = _start_of(pid)

    def kill(self) -> None:
        """Through the fork server, which knows that the pid is still its child's; directly where the fork server has exited."""
        if not self._parent.write(b"%d\n" % signal.SIGKILL) and self._lives():
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int | None:
        """The exit code, negative for a signal; None where the fork server died first and the code was lost."""
        reply = await self._parent.read()
        while reply is None and self._lives():
            await asyncio.sleep(_POLL_SECONDS)
        self._parent.close()
        return None if reply is None else reply["exit"]

    def _lives(self) -> bool:
        return self._started is not None and _start_of(self.pid) == self._started


async def fork_worker(path: str, env: Mapping[str, str], folder: Path) -> Forked:
    """Has the fork server at `path` fork a worker. Raises NotForked."""
    their_stdin, our_stdin = os.pipe()
    our_stdout, their_stdout = os.pipe()
    try:
        # The worker prints to our terminal.
        pid, parent = await _request(path, env, folder, [their_stdin, their_stdout, 2])
    except NotForked:
        # A worker that is forked too late finds its stdin closed, and exits.
        os.close(our_stdin)
        os.close(our_stdout)
        raise
    finally:
        os.close(their_stdin)
        os.close(their_stdout)
    return Forked(pid, await _streams(our_stdin, our_stdout), parent)


async def _request(path: str, env: Mapping[str, str], folder: Path, streams: list[int]) -> tuple[int, _ForkServer]:
    """The worker's pid and the connection to its parent, which kills it when that connection closes. Raises NotForked."""
    try:
        parent = await _ForkServer.connect(path)
    except OSError as error:
        raise NotForked(str(error)) from None
    try:
        parent.send({"python": os.path.realpath(sys.executable), "env": dict(env), "folder": str(folder)}, streams)
        reply = await asyncio.wait_for(parent.read(), _ANSWER_SECONDS)
    except (OSError, TimeoutError) as error:
        parent.close()
        raise NotForked(str(error) or "the fork server did not answer") from None
    if reply is None or "pid" not in reply:
        parent.close()
        raise NotForked(reply["refused"] if reply else "the fork server exited")
    return reply["pid"], parent


class _ForkServer:
    """The connection to the fork server."""

    def __init__(self, connection: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, path: str) -> _ForkServer:
        connection = socket.socket(socket.AF_UNIX)
        # A local socket connects at once or not at all, and accepts a whole environment in one write.
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(path)
        except OSError:
            connection.close()
            raise
        return cls(connection, *await asyncio.open_unix_connection(sock=connection))

    def send(self, message: ForkRequest, descriptors: list[int]) -> None:
        # The first byte carries the descriptors; the transport, which cannot send any, writes the rest.
        text = json.dumps(message).encode() + b"\n"
        socket.send_fds(self._connection, [text[:1]], descriptors)
        self._writer.write(text[1:])

    def write(self, line: bytes) -> bool:
        """False where the fork server has exited."""
        if self._reader.at_eof() or self._writer.is_closing():
            return False
        self._writer.write(line)
        return True

    async def read(self) -> ForkReply | None:
        """The next reply; None where the fork server has exited."""
        with contextlib.suppress(OSError, ValueError):
            line = await self._reader.readline()
            reply: ForkReply | None = json.loads(line) if line.endswith(b"\n") else None
            return reply
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
    """The start time in clock ticks since boot; None once the process has exited."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
