"""The stream of /api/events. A listener that falls 4,000 events behind loses the oldest, never the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, NamedTuple, TypeAlias

EventKind: TypeAlias = Literal["health", "memory", "run", "end"]


class Event(NamedTuple):
    """`data`: a RunShape or a MemoryShape; empty for health, which the API adds, and for the end."""

    kind: EventKind
    data: Mapping[str, object]


MOST_LISTENERS = 64


class Events:
    def __init__(self, depth: int = 4000) -> None:
        self._depth = depth
        self._listeners: set[asyncio.Queue[Event]] = set()

    def publish(self, kind: EventKind, data: Mapping[str, object]) -> None:
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(Event(kind, data))

    @property
    def full(self) -> bool:
        """Whether a further listener would be one too many."""
        return len(self._listeners) >= MOST_LISTENERS

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue(self._depth)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
