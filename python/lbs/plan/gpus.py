"""What a run may use of each GPU, in bytes: the same arithmetic for an installed GPU and for a described one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from lbs.memory.limit import GIB, MIB, PREDICTED_CONTEXT, SMALL_CONTEXT, Card, LimitTooSmall, limit_gpu, margin_of
from lbs.memory.limit_value import Limit
from lbs.memory.size import SizeError, parse_size
from lbs.sentences import say

WORKSPACE = 32 * MIB
"""Workspace of cuBLAS, which the allocator counts (Hopper; 8.1 MiB before)."""

_DESCRIBED_CAPABILITY = (8, 0)
"""A described GPU is taken for one that computes bfloat16, as those sold since 2020 do."""
_MOST_GPUS = 64


@dataclass(frozen=True)
class Gpu:
    """One GPU, in bytes. `others`: held by processes that are not ours; `workspace`: of cuBLAS."""

    card: Card
    others: int = 0
    workspace: int = 0

    def allowed(self, limit: Limit) -> int:
        """What the allocator may reserve: the budget, or the GPU less the others, without context and margin; may be <= 0."""
        free = self.card.total - self.card.driver - self.others - self.card.overhead - margin_of(self.card.total)
        try:
            return min(limit_gpu(limit, self.card).cap, free)
        except LimitTooSmall:
            return min(0, free)

    def budget(self, limit: Limit) -> int:
        budget = limit.budget(self.card.total)
        return self.card.total if budget is None else budget


def parse_gpus(text: str) -> list[Gpu]:
    """GPUs by their sizes, such as `24GiB,24GiB`; they need not be installed. Raises SizeError."""
    parts = text.split(",")
    if len(parts) > _MOST_GPUS:
        raise SizeError(say("plan.too_many_gpus", count=len(parts), most=_MOST_GPUS))
    return [_described(index, part.strip()) for index, part in enumerate(parts)]


def _described(index: int, text: str) -> Gpu:
    total = parse_size(text)
    small = total < GIB
    context = SMALL_CONTEXT if small else PREDICTED_CONTEXT
    card = Card(index, f"described-{index}", f"GPU {text}", total, total, context, _DESCRIBED_CAPABILITY)
    return Gpu(card, 0, 0 if small else WORKSPACE)


def installed_gpus(emulated: str | None) -> list[Gpu]:
    """The GPUs of this machine by NVML, which creates no CUDA context, or the emulated ones."""
    if emulated:
        return _emulated(emulated)
    import pynvml

    try:
        pynvml.nvmlInit()
        indices = range(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return []
    found = []
    for index in indices:
        # A GPU that is lost leaves the others.
        with suppress(pynvml.NVMLError):
            found.append(_from_nvml(index))
    return found


def _emulated(text: str) -> list[Gpu]:
    from smi_emulator.cards import emulated_capability, parse_cards
    from smi_emulator.scenario import requested_scenario

    cards, scenario = parse_cards(text), requested_scenario()
    gpus = parse_gpus(",".join(f"{card.total // MIB}MiB" for card in cards))
    occupied = scenario.occupied(cards) if scenario else {}
    # The worker's names, under which the ledger knows them.
    return [
        replace(
            gpu,
            card=replace(gpu.card, name=card.name, compute_capability=emulated_capability()),
            others=occupied.get(card.index, 0),
        )
        for gpu, card in zip(gpus, cards, strict=True)
    ]


def _from_nvml(index: int) -> Gpu:
    import pynvml

    from lbs.memory.nvml import card_memory

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = card_memory(handle)
    name = pynvml.nvmlDeviceGetName(handle)
    major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    capability = (int(major), int(minor))
    uuid, total = str(pynvml.nvmlDeviceGetUUID(handle)), memory.total
    card = Card(
        index,
        uuid,
        str(name),
        total,
        total,
        PREDICTED_CONTEXT,
        capability,
        unified=memory.unified,
        driver=memory.driver,
    )
    return Gpu(card, memory.used, WORKSPACE)
