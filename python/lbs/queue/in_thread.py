"""Blocking work beside the event loop that may outlive it: a shutdown does not wait for its thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T], name: str) -> T:
    """The result of `work`, which must not raise."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(result: T) -> None:
        if not future.done():
            future.set_result(result)

    def run() -> None:
        result = work()
        # The loop has closed where the server exits meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish, result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
