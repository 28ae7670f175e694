"""What the GPU memory limit means in bytes, for every path that loads a model. Pure: no torch, no device.

budget = what the limit (lbs.memory.limit_value) gives of each total: what nvidia-smi may show for us. The CUDA context
(overhead) and a margin for what the allocator does not count are part of it; the rest is the cap, which the allocator
compares with its reserved bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lbs.memory.limit_value import Limit
from lbs.memory.size import GIB as GIB
from lbs.memory.size import MIB as MIB
from lbs.sentences import Sentence, SentenceError, say

from .context import ContextSource, late_kernels

OVERSHOOT = 40 * MIB
"""Each of two pools may exceed the allocator's cap by 20 MiB."""
MARGIN_SHARE = 0.02
SMALL_CONTEXT = 12 * MIB
"""CUDA context of an emulated GPU below 1 GiB: it keeps room for a small model."""
HOST_SHARE = 0.8
"""Of the available system RAM: the rest is for other data than weights, and for other processes."""


class LimitTooSmall(SentenceError, ValueError):
    """The limit leaves nothing beside the CUDA context."""


@dataclass(frozen=True)
class Card:
    """One visible GPU, in bytes. `total`: as NVML reports it; `torch_total`: as torch does (they differ); `overhead`: of the
    CUDA context; `compute_capability`: of CUDA, None where it is unknown; `driver`: what the driver reserves for itself."""

    index: int
    uuid: str
    name: str
    total: int
    torch_total: int
    overhead: int
    compute_capability: tuple[int, int] | None = None
    unified: bool = False
    driver: int = 0
    context_source: ContextSource = "predicted"

    @property
    def usable(self) -> int:
        """What the driver lends to processes, their CUDA contexts included."""
        return min(self.torch_total, self.total - self.driver)

    @property
    def margin(self) -> int:
        """For the allocator's overshoot and for kernels that CUDA loads late; in proportion on small GPUs."""
        return min(OVERSHOOT + late_kernels(self.compute_capability), int(self.total * MARGIN_SHARE))


@dataclass(frozen=True)
class CardLimit:
    """What one GPU may hold, in bytes. `budget`: None where no limit is set; `cap`: what the allocator may reserve."""

    card: Card
    budget: int | None
    margin: int
    cap: int

    @property
    def fraction(self) -> float:
        """For torch.cuda.set_per_process_memory_fraction, which multiplies it by torch's own total."""
        return min(1.0, self.cap / self.card.torch_total)

    @property
    def spare(self) -> int:
        """How much CUDA's own memory may grow within the margin before the cap has to shrink."""
        return max(0, self.margin - OVERSHOOT)

    @property
    def log_line(self) -> str | None:
        if self.budget is None:
            return None
        budget, total = self.budget / GIB, self.card.total / GIB
        return f"[Runner] GPU memory limit set: {budget:.2f} GB / {total:.2f} GB ({100 * budget / total:.1f}%)"


@dataclass(frozen=True)
class Limits:
    """All visible GPUs. `host_room`: bytes of system RAM for weights; `note`: why no limit is applied, where none is."""

    gpus: tuple[CardLimit, ...]
    host_room: int
    note: Sentence | None

    @property
    def log_lines(self) -> list[str]:
        lines = [line for gpu in self.gpus if (line := gpu.log_line)]
        return lines or [f"[Runner] {self.note}"]


def limit_gpu(limit: Limit, card: Card) -> CardLimit:
    """cap + overhead + margin <= budget, always. Raises LimitTooSmall where that leaves no room at all."""
    margin = card.margin
    budget = limit.budget(card.total)
    cap = min(card.usable if budget is None else budget, card.usable) - card.overhead - margin
    if cap <= 0:
        raise LimitTooSmall(_too_small(limit, card, margin))
    return CardLimit(card, budget, margin, cap)


def _too_small(limit: Limit, card: Card, margin: int) -> Sentence:
    needed = card.overhead + margin + 1
    context, index = f"{card.overhead / MIB:.1f}", card.index
    if not limit or needed > card.usable:
        return say("memory.gpu_too_small", index=index, total=f"{card.total / MIB:.0f}", context=context)
    return say(
        "memory.limit_too_small",
        limit=limit.text,
        budget=f"{(limit.budget(card.total) or 0) / MIB:.1f}",
        index=index,
        context=context,
        margin=f"{margin / MIB:.1f}",
        least=limit.least(card.total, needed).text,
    )


def compute_limits(limit: Limit, cards: Sequence[Card], host_available: int, host_share: float = HOST_SHARE) -> Limits:
    """The one function for every load path. `host_available`: bytes. Raises LimitTooSmall."""
    gpus = tuple(limit_gpu(limit, card) for card in cards)
    # With unified memory the CPU has none beside the GPU's.
    room = 0 if any(card.unified for card in cards) else int(host_available * host_share)
    return Limits(gpus, room, _note(limit, len(cards)))


def _note(limit: Limit, cards: int) -> Sentence | None:
    if cards == 0:
        return say("memory.no_gpu")
    return None if limit else say("memory.no_limit")


def size_text(size: float) -> str:
    """`180.5 MiB` below 1 GiB, else `24.00 GiB`."""
    return f"{size / GIB:.2f} GiB" if size >= GIB else f"{size / MIB:.1f} MiB"
