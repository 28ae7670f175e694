"""How a benchmark and whoever runs it speak with each other: the same for every benchmark."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lbs.memory.out_of_memory import is_out_of_memory
from lbs.protocol.messages import StageName

Item = dict[str, Any]


class Cancelled(Exception):
    """The person no longer wants it."""


@dataclass(frozen=True)
class Hooks:
    """`on_stage(name, share)` is told before there are items: planning, and loading with what is loaded, 0 to 1;
    `on_progress(done, of, question)`; `on_item(key, item)` for every finished item; `cancelled()` is looked at between
    two tokens; `relieve()` gives cached memory back before something smaller is tried; `done`: items by key that an
    earlier run finished, which are not run again."""

    on_stage: Callable[[StageName, float], None] = lambda *_: None
    on_progress: Callable[[int, int, str], None] = lambda *_: None
    on_item: Callable[[str, Item], None] = lambda *_: None
    cancelled: Callable[[], bool] = lambda: False
    relieve: Callable[[], None] = lambda: None
    done: Mapping[str, Item] = field(default_factory=dict)

    def check(self) -> None:
        """Fails with Cancelled."""
        if self.cancelled():
            raise Cancelled


T = TypeVar("T")


def with_less(attempt: Callable[[], T], less: Callable[[], bool], relieve: Callable[[], None]) -> T:
    """`attempt()`, again with less after each out-of-memory: `less()` halves something, or says False: then it fails with
    what said that memory is out."""
    while True:
        try:
            return attempt()
        except RuntimeError as error:
            if not is_out_of_memory(error) or not less():
                raise
            # The frames of the failed try hold what it allocated.
            traceback.clear_frames(error.__traceback__)
        relieve()
