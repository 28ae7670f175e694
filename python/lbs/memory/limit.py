"""What the GPU memory limit means in bytes, for every path that loads a model. Pure: no torch, no device is asked here.

budget = limit x total is what nvidia-smi may show for us. Out of it come the CUDA context (overhead) and a margin for
what is outside the allocator's count; the rest is the cap, which the allocator compares with its reserved bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30
OVERSHOOT = 40 * MIB
"""Two pools may go over the allocator's cap by 20 MiB each."""
MARGIN = 128 * MIB
"""For the overshoot, and for kernels that CUDA loads lazily: FACTS "Making the limit hard"."""
MARGIN_SHARE = 0.02
HOST_SHARE = 0.8
"""Of the RAM that is available: the rest is for what is not weights, and for everybody else."""


class LimitTooSmall(ValueError):
    """One sentence with the numbers: the limit leaves nothing beside CUDA's own context."""


@dataclass(frozen=True)
class Card:
    """One visible GPU. All in bytes; `total` as NVML says, `torch_total` as torch says (the two differ)."""

    index: int
    uuid: str
    name: str
    total: int
    torch_total: int
    overhead: int


@dataclass(frozen=True)
class GpuLimit:
    """What one GPU may hold, in bytes. `budget` is None where no limit is set; `cap` then is what the card holds."""

    card: Card
    budget: int | None
    margin: int
    cap: int

    @property
    def fraction(self) -> float:
        """For torch.cuda.set_per_process_memory_fraction, which multiplies with torch's own total."""
        return min(1.0, self.cap / self.card.torch_total)

    @property
    def spare(self) -> int:
        """Of the margin, what CUDA's own memory may grow by before the cap has to shrink."""
        return max(0, self.margin - OVERSHOOT)

    @property
    def log_line(self) -> str | None:
        if self.budget is None:
            return None
        budget, total = self.budget / GIB, self.card.total / GIB
        return f"[Runner] GPU memory limit set: {budget:.2f} GB / {total:.2f} GB ({100 * budget / total:.1f}%)"

    def as_message(self) -> dict[str, object]:
        card = self.card
        return {"index": card.index, "uuid": card.uuid, "total": card.total, "budget": self.budget, "cap": self.cap}


@dataclass(frozen=True)
class Limits:
    """All visible GPUs. `note` says why no limit is applied, where none is."""

    gpus: tuple[GpuLimit, ...]
    host_room: int
    note: str | None

    @property
    def log_lines(self) -> list[str]:
        lines = [line for gpu in self.gpus if (line := gpu.log_line)]
        return lines or [f"[Runner] {self.note}"]

    def max_memory(self, working_set: int = 0) -> dict[int | str, int]:
        """For from_pretrained and accelerate: bytes for weights per GPU, with `working_set` bytes kept free on each.

        The "cpu" key is never left out: without it accelerate puts the overflow on disk.
        """
        room: dict[int | str, int] = {gpu.card.index: max(0, gpu.cap - working_set) for gpu in self.gpus}
        return {**room, "cpu": self.host_room}


def margin_of(total: int) -> int:
    """Bytes left to what the allocator does not count; in proportion on small cards."""
    return min(MARGIN, int(total * MARGIN_SHARE))


def limit_gpu(fraction: float, card: Card) -> GpuLimit:
    """cap + overhead + margin <= budget, always; raises LimitTooSmall where that leaves no room at all."""
    margin = margin_of(card.total)
    budget = int(fraction * card.total) if fraction > 0 else None
    cap = min(card.total if budget is None else budget, card.total) - card.overhead - margin
    if cap <= 0:
        raise LimitTooSmall(too_small(fraction, card, margin))
    return GpuLimit(card, budget, margin, min(cap, card.torch_total))


def too_small(fraction: float, card: Card, margin: int) -> str:
    needed = (card.overhead + margin) / card.total
    if fraction <= 0 or needed >= 1:
        return (
            f"GPU {card.index} ({card.total / MIB:.0f} MiB) is too small for CUDA's own {card.overhead / MIB:.0f} MiB."
        )
    return (
        f"The GPU memory limit {fraction:g} leaves {fraction * card.total / MIB:.1f} MiB of GPU {card.index}, but CUDA's "
        f"context takes {card.overhead / MIB:.1f} MiB and the safety margin {margin / MIB:.1f} MiB: "
        f"set LBS_GPU_MEMORY_LIMIT above {needed + 0.005:.2f}."
    )


def compute_limits(
    fraction: float, cards: Sequence[Card], host_available: int, host_share: float = HOST_SHARE
) -> Limits:
    """The one function for every load path. `fraction`: 0 (no limit) or above 0 up to 1; all else in bytes."""
    if not 0 <= fraction <= 1:
        raise ValueError(f"The GPU memory limit must be 0 or above 0 and at most 1, not {fraction}.")
    gpus = tuple(limit_gpu(fraction, card) for card in cards)
    return Limits(gpus, int(host_available * host_share), limit_note(fraction, len(cards)))


def limit_note(fraction: float, cards: int) -> str | None:
    if cards == 0:
        return "GPU memory limit not applied: no GPU is visible, models run on the CPU."
    if fraction == 0:
        return "GPU memory limit not applied: LBS_GPU_MEMORY_LIMIT is 0 (no limit)."
    return None


def describe(max_memory: Mapping[int | str, int]) -> str:
    """`GPU 0: 180.5 MiB, CPU: 9.0 GiB`, for the log."""
    parts = [f"{'CPU' if key == 'cpu' else f'GPU {key}'}: {size_text(size)}" for key, size in max_memory.items()]
    return ", ".join(parts)


def size_text(size: float) -> str:
    """Bytes as a person reads them: MiB below 1 GiB, else GiB."""
    return f"{size / GIB:.2f} GiB" if size >= GIB else f"{size / MIB:.1f} MiB"
