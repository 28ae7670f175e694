"""uvicorn, with a shutdown that does not delay a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from socket import socket
from types import FrameType

import h11
import uvicorn

# uvicorn imports these when it is configured; imported here so that a spare server has them in advance.
import uvicorn.lifespan.on
import uvicorn.loops.asyncio
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from lbs.api.errors import answer
from lbs.sentences import say

_GRACE_SECONDS = 2.0
_DATE_SECONDS = 1.0
_POLL_SECONDS = 0.005


class Protocol(H11Protocol):
    """Answers what is not HTTP as every other failure."""

    def send_400_response(self, msg: str) -> None:
        refusal = answer(400, "invalid_http", say("api.not_http"))
        headers = [*refusal.raw_headers, (b"connection", b"close")]
        body = h11.Data(data=bytes(refusal.body))
        for event in (h11.Response(status_code=400, headers=headers, reason=b"Bad Request"), body, h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def config_of(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,
        # Off: it lets a caller claim another peer address, and the peer's user is what the API checks.
        proxy_headers=False,
        server_header=False,
    )


class Server(uvicorn.Server):
    """Calls `on_listening` once it listens, and `on_exit` before it waits for open connections. Exits on `exit()`, or when the
    panel has exited.

    `main_loop` and `shutdown` are rewritten because uvicorn's sleep in steps of 0.1 s, which adds up to 0.3 s to a restart,
    costs CPU all day, and which no hook of uvicorn avoids; tests/server/test_http_server.py fails when uvicorn changes them.
    """

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None], on_exit: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening, self._on_exit = on_listening, on_exit
        self._exiting = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            # From a signal handler: only this wakes a loop that waits.
            self._loop.call_soon_threadsafe(self._exiting.set)

    def exit(self) -> None:
        self.should_exit = True
        self._exiting.set()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.should_exit:
            return
        self._on_listening()
        if os.environ.get("HEADROOM_UNDER_PANEL") == "1":
            self._exit_with_panel()

    async def main_loop(self) -> None:
        # Each tenth tick of uvicorn's renews the Date header; this one does so each time.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._exiting.wait(), _DATE_SECONDS)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """In uvicorn's order, with 5 ms polls."""
        for server in self.servers:
            server.close()
        for bound in sockets or []:
            bound.close()
        self._on_exit()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = asyncio.get_running_loop().time() + _GRACE_SECONDS
        while self._busy() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_POLL_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        if not self.force_exit:
            await self.lifespan.shutdown()

    def _busy(self) -> bool:
        state = self.server_state
        return not self.force_exit and bool(state.connections or state.tasks)

    def _exit_with_panel(self) -> None:
        """The panel holds the other end of our terminal; this covers the case that its guardian is gone too."""
        if os.isatty(0):
            asyncio.get_running_loop().add_reader(0, self._read_terminal)

    def _read_terminal(self) -> None:
        try:
            typed = os.read(0, 4096)
        except OSError:
            typed = b""  # EIO: a terminal whose other end is closed
        if typed:
            return
        asyncio.get_running_loop().remove_reader(0)
        # No log line: nothing reads the terminal any more.
        self.exit()
