"""One client's connection: lines with descriptors in, lines out."""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping

_LONGEST = 4 * 2**20
"""Bytes: an environment has some ten kilobytes."""
_STREAMS = 3


class Request:
    """`streams`: the descriptors that were sent; `pid`: of the forked process, 0 before the fork."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""
        self.streams: list[int] = []
        self.pid = 0
        self.ended = False
        connection.setblocking(False)

    @property
    def uid(self) -> int:
        """The user at the other end."""
        credentials = self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])

    def fileno(self) -> int:
        return self._connection.fileno()

    def lines(self) -> Iterator[bytes]:
        """The received lines; `ended` is set at the end of the connection. Raises ValueError or OSError."""
        try:
            text, sent = self._receive()
        except BlockingIOError:
            return
        self.streams += sent
        self.ended = not text
        self._rest += text
        if len(self._rest) > _LONGEST or len(self.streams) > _STREAMS:
            raise ValueError("too long")
        *whole, self._rest = self._rest.split(b"\n")
        yield from whole

    def _receive(self) -> tuple[bytes, list[int]]:
        room = socket.CMSG_SPACE(_STREAMS * array.array("i").itemsize)
        text, ancillary, _, _ = self._connection.recvmsg(65_536, room, socket.MSG_CMSG_CLOEXEC)
        sent = array.array("i")
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                sent.frombytes(data[: len(data) - len(data) % sent.itemsize])
        return text, list(sent)

    def send(self, message: Mapping[str, int | str]) -> None:
        # A client that has exited needs no answer.
        with contextlib.suppress(OSError):
            self._connection.sendall(json.dumps(message).encode() + b"\n")

    def close_streams(self) -> None:
        for stream in self.streams:
            os.close(stream)
        self.streams = []

    def close(self) -> None:
        self.close_streams()
        self._connection.close()
