"""A TraceSource that traces a model a few times and interpolates every size between: fast enough for a slider."""

from __future__ import annotations

import sys
import threading
import traceback
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

from ..trace_types import TraceAnswer, TraceRequest, TraceSource
from ..workload import Workload
from .family import Family, FamilyCurves, draw_curves, family_of

_MOST_FAMILIES = 32


class Curves:
    """For any thread. What no curve covers yet, and an exact request, goes to `source`.

    Curves are drawn after the first answer, in a thread that ends with `close`. Close `source` first: `close` waits for it.
    """

    def __init__(self, source: TraceSource) -> None:
        self._source = source
        self._families: dict[Family, Future[FamilyCurves | None]] = {}
        self._thread = ThreadPoolExecutor(1, "curves")
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, request: TraceRequest) -> TraceAnswer:
        works = [Workload(**work) for work in request["works"]]
        families = [family_of(request, work) for work in works]
        if not request.get("exact") and (interpolated := self._interpolate(works, families, request["native"])):
            return interpolated
        traced = request.copy()
        traced.pop("exact", None)
        answer = self._source(traced)
        if "error" not in answer and families[0]:
            self._begin(families[0])
            self._begin(replace(families[0], single=not families[0].single))  # for the batch slider
        return answer

    def _interpolate(self, works: list[Workload], families: list[Family | None], native: bool) -> TraceAnswer | None:
        """None where the run has no curve, or none yet. Its start and its end are of one family."""
        family = families[0]
        curves = _result(self._families.get(family)) if family else None
        traces = curves.run(tuple(works), native) if curves else None
        return {"weights": curves.weights, "traces": traces, "interpolated": True} if curves and traces else None

    def _begin(self, family: Family) -> None:
        with self._lock:
            if self._closed or family in self._families:
                return
            if len(self._families) >= _MOST_FAMILIES:
                self._families.pop(next(iter(self._families))).cancel()
            self._families[family] = self._thread.submit(_drawn, family, self._source)

    def settle(self) -> None:
        """Waits until all curves that were begun are drawn."""
        wait(list(self._families.values()))

    def close(self) -> None:
        """For good."""
        with self._lock:
            self._closed = True
        self._thread.shutdown(wait=True, cancel_futures=True)


def _drawn(family: Family, source: TraceSource) -> FamilyCurves | None:
    """Plans are traced where drawing fails, which is slower: the log says why, once per family."""
    try:
        return draw_curves(family, source)
    except Exception:
        print(f"[Plan] No curves for {family.path}:\n{traceback.format_exc()}", file=sys.stderr, end="", flush=True)
        return None


def _result(future: Future[FamilyCurves | None] | None) -> FamilyCurves | None:
    if future is None or not future.done() or future.cancelled():
        return None
    return future.result()
