"""What happened, for every listener of /api/events. A slow listener loses the oldest, never the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Event = tuple[str, dict[str, Any]]


class Events:
    def __init__(self, depth: int = 1000) -> None:
        self._depth = depth
        self._listeners: set[asyncio.Queue[Event]] = set()

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait((kind, data))

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue(self._depth)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
