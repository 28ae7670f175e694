"""What a run may take of each GPU, in bytes: the same arithmetic for a card that is here and one that is only described."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lbs.memory.limit import GIB, MIB, Card, LimitTooSmall, limit_gpu, margin_of, too_small

PREDICTED_CONTEXT = 512 * MIB
"""Of a real card until its context is made (a Hopper's, the largest seen)."""
SMALL_CONTEXT = 12 * MIB
"""Of an emulated card below 1 GiB, so that a small card has room for a small model."""
WORKSPACE = 32 * MIB
"""cuBLAS' own, inside the allocator's count (Hopper; 8.1 MiB before)."""

_UNITS = {"MiB": MIB, "GiB": GIB, "MB": 10**6, "GB": 10**9}


class CardError(ValueError):
    """A size that cannot be read; the message is a sentence."""


@dataclass(frozen=True)
class Gpu:
    """One GPU as the plan sees it, in bytes. `others`: what is taken by what is not ours and will not give way."""

    card: Card
    others: int = 0
    workspace: int = 0

    def allowed(self, limit: float) -> int:
        """What the allocator may reserve: the budget, or the card less the others, without context and margin; may be <= 0."""
        margin = margin_of(self.card.total)
        free = self.card.total - self.others - self.card.overhead - margin
        try:
            return min(limit_gpu(limit, self.card).cap, free)
        except LimitTooSmall:
            return min(0, free)

    def budget(self, limit: float) -> int:
        return int(limit * self.card.total) if limit > 0 else self.card.total

    def smallest_limit(self, reserved: int) -> float | None:
        """In steps of 0.01, so that `reserved` bytes fit; None where the whole card does not do."""
        for hundredth in range(1, 101):
            if self.allowed(hundredth / 100) >= reserved:
                return hundredth / 100
        return None

    def refusal(self, limit: float) -> str:
        return too_small(limit, self.card, margin_of(self.card.total))


def parse_size(text: str) -> int:
    """`24GiB`, `24564MiB`, `24GB`: bytes."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(MiB|GiB|MB|GB)\s*", text)
    size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    if size < 1:
        raise CardError(f"A size is a number with MiB or GiB, such as 24GiB, not {text!r}.")
    return size


def described(text: str) -> list[Gpu]:
    """`24GiB,24GiB`: cards that need not be here."""
    gpus = []
    for index, part in enumerate(text.split(",")):
        total = parse_size(part)
        small = total < GIB
        card = Card(
            index,
            f"described-{index}",
            f"GPU {part.strip()}",
            total,
            total,
            SMALL_CONTEXT if small else PREDICTED_CONTEXT,
        )
        gpus.append(Gpu(card, workspace=0 if small else WORKSPACE))
    return gpus


def present(emulated: str | None) -> list[Gpu]:
    """The cards of this machine, as NVML tells (no CUDA context is made), or the emulated ones; none where there is none."""
    if emulated:
        from smi_emulator.cards import parse_cards
        from smi_emulator.scenario import asked_scenario

        cards, scenario = parse_cards(emulated), asked_scenario()
        found = described(",".join(f"{card.total // MIB}MiB" for card in cards))
        taken = scenario.taken(cards) if scenario else {}
        # As the worker names them, so that the ledger knows them again.
        return [
            replace(gpu, card=replace(gpu.card, name=card.name), others=taken.get(card.index, 0))
            for gpu, card in zip(found, cards, strict=True)
        ]
    import pynvml

    try:
        pynvml.nvmlInit()
        return [_nvml(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []


def _nvml(index: int) -> Gpu:
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    name = pynvml.nvmlDeviceGetName(handle)
    total = int(memory.total)
    card = Card(index, str(pynvml.nvmlDeviceGetUUID(handle)), str(name), total, total, PREDICTED_CONTEXT)
    return Gpu(card, int(memory.used), WORKSPACE)
