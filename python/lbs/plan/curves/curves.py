"""A Source that traces a model a few times and tells everything between: what a slider asks while it is dragged."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from ..demand import Source
from ..workload import Workload
from .family import Drawn, Family, draw, family_of

_KEPT = 32


class Curves:
    """Callable as a Source, from any thread. What no curve tells yet, and a question with "exact", is left to `source`.

    Curves are drawn after the first answer, in a thread that ends with `close` (end `source` first: it is waited for).
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._drawn: dict[Family, Future[Drawn | None]] = {}
        self._thread = ThreadPoolExecutor(1, "curves")
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        works = [Workload(**work) for work in request["works"]]
        families = [family_of(request, work) for work in works]
        if not request.get("exact") and (found := self._told(works, families)):
            return found
        found = self._source({name: value for name, value in request.items() if name != "exact"})
        if "error" not in found:
            for family in families:
                if family:
                    self._begin(family)
                    self._begin(replace(family, single=not family.single))  # the batch's slider comes next
        return found

    def _told(self, works: list[Workload], families: list[Family | None]) -> dict[str, Any] | None:
        """None where a part of the question has no curve, or not yet."""
        weights: dict[str, Any] | None = None
        traces: list[dict[str, Any]] = []
        for work, family in zip(works, families, strict=True):
            drawn = _ready(self._drawn.get(family)) if family else None
            # The slack of a run is that of its start.
            trace = drawn.trace(work, not traces) if drawn else None
            if not drawn or not trace:
                return None
            weights = drawn.weights
            traces.append(trace)
        return {"weights": weights, "traces": traces, "interpolated": True}

    def _begin(self, family: Family) -> None:
        with self._lock:
            if self._closed or family in self._drawn:
                return
            if len(self._drawn) >= _KEPT:
                self._drawn.pop(next(iter(self._drawn))).cancel()
            self._drawn[family] = self._thread.submit(draw, family, self._source)

    def settle(self) -> None:
        """Waits until every curve that was begun is drawn."""
        wait(list(self._drawn.values()))

    def close(self) -> None:
        """For good."""
        with self._lock:
            self._closed = True
        self._thread.shutdown(wait=True, cancel_futures=True)


def _ready(future: Future[Drawn | None] | None) -> Drawn | None:
    if future is None or not future.done() or future.cancelled() or future.exception():
        return None
    return future.result()
