"""How long a plan may take, all its traces and searches together, and whether somebody still waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lbs.sentences import SentenceError, say


class TooLate(SentenceError):
    """The plan's time is up."""

    def __init__(self, seconds: float) -> None:
        super().__init__(say("plan.too_late", seconds=f"{seconds:g}"))
        self.seconds = seconds


class Deadline:
    """For any thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        """Nobody waits for the plan any more."""
        self._abandoned.set()

    def postpone(self, seconds: float) -> None:
        """For time that is not the plan's own."""
        self._end += seconds

    @property
    def is_over(self) -> bool:
        return self._abandoned.is_set() or time.monotonic() > self._end

    def check(self) -> None:
        """Raises TooLate."""
        if self.is_over:
            raise TooLate(self.seconds)


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Everything that this thread plans inside ends with the deadline."""
    token = _CURRENT.set(deadline)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_deadline() -> Deadline | None:
    return _CURRENT.get()
