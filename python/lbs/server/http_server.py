"""uvicorn, for one person at one machine: a restart waits for its end, so it ends without pauses."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from socket import socket

import uvicorn

# Loaded by uvicorn when it is configured; named here, so that a spare server has them before it is needed.
import uvicorn.lifespan.on
import uvicorn.loops.asyncio
import uvicorn.protocols.http.h11_impl
from fastapi import FastAPI

_GRACE_SECONDS = 2.0
_TICK_SECONDS = 0.1
_LOOK_SECONDS = 0.005


def config_of(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,
        # Off: with it any caller could name another peer address than its own, and the peer's user is what we check.
        proxy_headers=False,
        server_header=False,
    )


class Server(uvicorn.Server):
    """Calls `on_listening` once it listens, `on_leaving` before it waits for those who still read. It leaves when it is
    told to, or when the panel has left."""

    def __init__(
        self, config: uvicorn.Config, on_listening: Callable[[], None], on_leaving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_listening, self._on_leaving = on_listening, on_leaving
        self._told = asyncio.Event()

    def leave(self) -> None:
        self.should_exit = True
        self._told.set()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        self._on_listening()
        if os.environ.get("HEADROOM_UNDER_PANEL") == "1":
            self._leave_with_panel()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """In uvicorn's order, with a look every 5 ms where it sleeps a tenth of a second several times."""
        for server in self.servers:
            server.close()
        for bound in sockets or []:
            bound.close()
        self._on_leaving()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = asyncio.get_running_loop().time() + _GRACE_SECONDS
        while self._busy() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_LOOK_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        if not self.force_exit:
            await self.lifespan.shutdown()

    def _busy(self) -> bool:
        state = self.server_state
        return not self.force_exit and bool(state.connections or state.tasks)

    def _leave_with_panel(self) -> None:
        """The second line, the panel's guardian is the first: the panel holds the other end of our terminal."""
        if os.isatty(0):
            asyncio.get_running_loop().add_reader(0, self._read_terminal)

    def _read_terminal(self) -> None:
        try:
            typed = os.read(0, 4096)
        except OSError:
            typed = b""  # EIO: what a terminal's reader gets in the place of its end
        if typed:
            return
        asyncio.get_running_loop().remove_reader(0)
        # Without a word: nobody is left to read it.
        self.leave()
