"""What a run may use of each GPU, in bytes: the same arithmetic for an installed GPU and for a described one."""

from __future__ import annotations

from dataclasses import dataclass

from lbs.memory.limit import Card, LimitTooSmall, limit_gpu
from lbs.memory.limit_value import Limit
from lbs.sentences import Sentence


@dataclass(frozen=True)
class Gpu:
    """One GPU, in bytes. `others`: held by processes that are not ours; `workspace`: of cuBLAS; `note`: which
    card was taken for a name of several."""

    card: Card
    others: int = 0
    workspace: int = 0
    note: Sentence | None = None

    def allowed(self, limit: Limit) -> int:
        """What the allocator may reserve: the budget, or the GPU less the others, without context and margin; may be <= 0."""
        free = self.card.usable - self.others - self.card.overhead - self.card.margin
        try:
            return min(limit_gpu(limit, self.card).cap, free)
        except LimitTooSmall:
            return min(0, free)

    def budget(self, limit: Limit) -> int:
        budget = limit.budget(self.card.total)
        return self.card.total if budget is None else budget
