"""The GPUs of this machine, or those that are emulated."""

from __future__ import annotations

from contextlib import suppress

from lbs.memory.context import Capability, ContextSource, assumed_context, workspace_of
from lbs.memory.limit import Card

from .cards import MeasuredContexts, printed_card
from .gpus import Gpu


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
    from smi_emulator.cards import parse_cards
    from smi_emulator.scenario import requested_scenario

    from .emulated import emulated_card

    cards, scenario = parse_cards(text), requested_scenario()
    occupied = scenario.occupied(cards) if scenario else {}
    # No cuBLAS keeps a workspace there.
    return [Gpu(emulated_card(card.index, card.total), occupied.get(card.index, 0)) for card in cards]


def _from_nvml(index: int) -> Gpu:
    import pynvml

    from lbs.memory.nvml import card_memory, driver_version, visible_part

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = card_memory(visible_part(handle))
    name = str(pynvml.nvmlDeviceGetName(handle))
    major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    capability = (int(major), int(minor))
    context, source = _context(name, memory.total, capability, driver_version())
    card = Card(
        index,
        str(pynvml.nvmlDeviceGetUUID(handle)),
        name,
        memory.total,
        memory.total - memory.driver,
        context,
        capability,
        unified=memory.unified,
        driver=memory.driver,
        context_source=source,
    )
    return Gpu(card, memory.used, workspace_of(capability))


def _context(name: str, total: int, capability: Capability, driver: str) -> tuple[int, ContextSource]:
    """Bytes: as a worker measured it here, or by the table of cards."""
    if measured := MeasuredContexts().of(name, driver):
        return measured, "measured"
    known = printed_card(name, total)
    return (known.context, "predicted") if known else (assumed_context(capability), "assumed")
