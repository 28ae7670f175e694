"""How far off the plan is, by group."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .predict import CONTEXT_TOLERANCE, Judged, context_off
from .table import METRICS, Context, Metric

NAMES: dict[Metric, str] = {
    "allocated": "Allocated at the peak (`max_memory_allocated`)",
    "kept": "Allocated after the last token",
    "reserved": "Reserved at the peak, without expandable segments",
    "nvml": "The process in nvidia-smi at the peak",
}
_MEMORY = re.compile(r" \d+GB$")


@dataclass(frozen=True)
class Group:
    """Absolute shares of the measured figure. `too_low`: rows that needed more than the plan and its margin."""

    name: str
    count: int
    median: float
    worst: float
    within_1: float
    within_3: float
    too_low: int


@dataclass(frozen=True)
class CardContexts:
    """One kind of card, whatever its memory, in MiB. `measured`: the median; `off`: the prediction less that."""

    gpu: str
    kind: str
    count: int
    measured: float
    off: float

    @property
    def within(self) -> bool:
        return abs(self.off) <= CONTEXT_TOLERANCE


def groups(judged: Iterable[Judged]) -> list[Group]:
    """Of the judged rows; groups without rows are left out."""
    rows = [one for one in judged if one.row.judged]
    return [_group(NAMES[name], found) for name in METRICS if (found := [o for o in rows if o.row.metric == name])]


def _group(name: str, rows: Sequence[Judged]) -> Group:
    off = [abs(one.off) for one in rows]
    return Group(
        name,
        len(rows),
        statistics.median(off),
        max(off),
        sum(share <= 0.01 for share in off) / len(off),
        sum(share <= 0.03 for share in off) / len(off),
        sum(one.too_low for one in rows),
    )


def card_contexts(contexts: Iterable[Context]) -> list[CardContexts]:
    """One entry for each kind of card and whether a run had loaded its kernels; outliers are left out."""
    kinds: dict[tuple[str, str], list[Context]] = {}
    for context in contexts:
        if not context.outlier:
            kinds.setdefault((_MEMORY.sub("", context.gpu), context.kind), []).append(context)
    return [
        CardContexts(
            gpu,
            kind,
            len(found),
            statistics.median(one.mib for one in found),
            statistics.median(context_off(one) for one in found),
        )
        for (gpu, kind), found in kinds.items()
    ]
