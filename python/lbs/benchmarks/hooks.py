"""The interface between a benchmark and what runs it: the same for every benchmark."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from lbs.benchmarks.performance import Performance
from lbs.memory.out_of_memory import is_out_of_memory
from lbs.protocol.messages import StageName
from lbs.sentences import Sentence

Item: TypeAlias = Mapping[str, Any]
"""A finished item as JSON; each benchmark has a TypedDict for its own."""


class Cancelled(Exception):
    """The run was cancelled."""


@dataclass(frozen=True)
class Hooks:
    """`on_stage(name, share)`: before the first item; planning, or loading with the share that is loaded, 0 to 1.
    `on_plan(plan, predicted_peak, offloaded)`: before the model is loaded. `on_progress(done, of, question)`.
    `on_item(key, item)`: for every finished item. `cancelled()`: checked between two tokens. `relieve()`: frees cached
    memory before a smaller attempt. `done`: items by key that an earlier run finished, which are not run again.
    `offloading_cache(model)`: a KV cache in system RAM, None where it is there anyway. `performance`: counts what this run
    computes."""

    on_stage: Callable[[StageName, float], None] = lambda *_: None
    on_plan: Callable[[Mapping[str, Any], int, bool], None] = lambda *_: None
    on_progress: Callable[[int, int, Sentence], None] = lambda *_: None
    on_item: Callable[[str, Item], None] = lambda *_: None
    cancelled: Callable[[], bool] = lambda: False
    relieve: Callable[[], None] = lambda: None
    done: Mapping[str, Item] = field(default_factory=dict)
    offloading_cache: Callable[[Any], Any] = lambda _model: None
    performance: Performance = field(default_factory=Performance)

    def check(self) -> None:
        """Raises Cancelled."""
        if self.cancelled():
            raise Cancelled


T = TypeVar("T")


def with_less(attempt: Callable[[], T], reduce: Callable[[], bool], relieve: Callable[[], None]) -> T:
    """`attempt()`, again after each out-of-memory error. `reduce()` halves something, or returns False: then the error is
    raised."""
    while True:
        try:
            return attempt()
        except RuntimeError as error:
            if not is_out_of_memory(error) or not reduce():
                raise
            # The frames of the failed attempt hold what it allocated.
            traceback.clear_frames(error.__traceback__)
        relieve()
