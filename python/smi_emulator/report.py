"""`-q -x`: the XML of driver 580 (nvsmi_device_v13.dtd), without what no emulated GPU has."""

import time
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union
from xml.sax.saxutils import escape

from smi_emulator import tables
from smi_emulator.cards import MIB, Card, Holder
from smi_emulator.entries import MigInstance
from smi_emulator.figures import REASONS, THROTTLE

Element = Tuple[str, Union[str, Sequence["Element"]]]

# In the order and the words of the real one.
_REASON_NAMES = {
    "gpu_idle": "gpu_idle",
    "applications_clocks_setting": "applications_clocks",
    "sw_power_cap": "sw_power_cap",
    "hw_slowdown": "hw_slowdown",
    "hw_thermal_slowdown": "hw_thermal",
    "hw_power_brake_slowdown": "hw_power_brake",
    "sync_boost": "sync_boost",
    "sw_thermal_slowdown": "sw_thermal",
    "display_clocks_setting": "display_clocks",
}
# Multiprocessors of the slices of an H100.
_MULTIPROCESSORS = {1: 16, 2: 32, 3: 60, 4: 64, 7: 132}


class CardView(NamedTuple):
    """One card with its processes; `hidden`: this driver does not report the memory of a process."""

    reading: tables.Reading
    processes: List[Holder]
    mig: List[MigInstance]
    hidden: bool


def xml(cards: List[CardView]) -> str:
    lines = ['<?xml version="1.0" ?>', '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">', "<nvidia_smi_log>"]
    head = {"timestamp": time.ctime(), "driver_version": tables.DRIVER, "cuda_version": "13.0"}
    for name, value in list(head.items()) + [("attached_gpus", str(cards[0].reading.count if cards else 0))]:
        _write(lines, (name, value), 1)
    for card in cards:
        lines.append('\t<gpu id="%s">' % card.reading.card.bus_id)
        for element in _gpu(card):
            _write(lines, element, 2)
        lines.append("\t</gpu>\n")
    return "\n".join(lines + ["</nvidia_smi_log>"])


def _write(lines: List[str], element: Element, depth: int) -> None:
    name, content = element
    indent = "\t" * depth
    if isinstance(content, str):
        lines.append("%s<%s>%s</%s>" % (indent, name, escape(content), name))
        return
    lines.append("%s<%s>" % (indent, name))
    for each in content:
        _write(lines, each, depth + 1)
    lines.append("%s</%s>" % (indent, name))


def _elements(pairs: Dict[str, str]) -> List[Element]:
    return list(pairs.items())


def _gpu(view: CardView) -> List[Element]:
    def cell(name: str) -> str:
        return tables.gpu_row(view.reading, [name], True)[0].strip("[]")

    card, mig_mode = view.reading.card, cell("mig.mode.current")
    domain, bus, device = card.bus_id.split(":")
    identity = {"persistence_mode": cell("persistence_mode"), "addressing_mode": "None"}
    return [
        *_elements({"product_name": card.name, "product_brand": "Emulated", "product_architecture": "Emulated"}),
        *_elements({"display_active": cell("display_active"), **identity}),
        ("mig_mode", _elements({"current_mig": mig_mode, "pending_mig": mig_mode})),
        ("mig_devices", [_mig_device(view, instance) for instance in view.mig] if view.mig else "\n\t\t\tNone\n\t\t"),
        ("driver_model", _elements(dict.fromkeys(("current_dm", "pending_dm"), cell("driver_model.current")))),
        *_elements({"serial": cell("serial"), "uuid": card.uuid, "minor_number": str(card.index)}),
        ("gpu_recovery_action", "None"),
        (
            "pci",
            _elements({"pci_bus": bus, "pci_device": device[:2], "pci_domain": domain[-4:], "pci_bus_id": card.bus_id}),
        ),
        *_elements({"fan_speed": cell("fan.speed"), "performance_state": cell("pstate")}),
        ("clocks_event_reasons", _reasons(cell(THROTTLE))),
        ("fb_memory_usage", [(part, cell("memory." + part)) for part in ("total", "reserved", "used", "free")]),
        ("bar1_memory_usage", _bar1(card)),
        ("compute_mode", cell("compute_mode")),
        ("utilization", _elements({"gpu_util": cell("utilization.gpu"), "memory_util": cell("utilization.memory")})),
        *_ecc(cell("ecc.errors.corrected.volatile.total"), cell("ecc.errors.uncorrected.volatile.total")),
        ("temperature", _temperature(cell("temperature.gpu"))),
        ("gpu_power_readings", _power(cell("pstate"), cell("power.draw"), cell("enforced.power.limit"))),
        ("clocks", _clocks(cell("clocks.current.sm"), cell("clocks.current.memory"))),
        ("max_clocks", _clocks(cell("clocks.max.sm"), cell("clocks.max.memory"))),
        ("processes", [_process(view, holder) for holder in view.processes]),
        ("accounted_processes", []),
    ]


def _reasons(mask: str) -> List[Element]:
    if not mask.startswith("0x"):
        return [("clocks_event_reason_" + name, mask) for name in _REASON_NAMES]
    active = int(mask, 16)
    texts = {True: "Active", False: "Not Active"}
    return [("clocks_event_reason_" + name, texts[bool(active & REASONS[bit])]) for name, bit in _REASON_NAMES.items()]


def _bar1(card: Card) -> List[Element]:
    total = card.total // MIB
    return _elements({"total": "%d MiB" % total, "used": "1 MiB", "free": "%d MiB" % (total - 1)})


def _ecc(corrected: str, uncorrected: str) -> List[Element]:
    mode = "N/A" if uncorrected == "N/A" else "Enabled"
    volatile = {
        "sram_correctable": "N/A",
        "sram_uncorrectable_parity": "N/A",
        "sram_uncorrectable_secded": "N/A",
        "dram_correctable": corrected,
        "dram_uncorrectable": uncorrected,
    }
    return [
        ("ecc_mode", _elements({"current_ecc": mode, "pending_ecc": mode})),
        ("ecc_errors", [("volatile", _elements(volatile))]),
    ]


def _temperature(celsius: str) -> List[Element]:
    return _elements({"gpu_temp": celsius + " C" if celsius.isdigit() else celsius, "memory_temp": "N/A"})


def _power(state: str, draw: str, limit: str) -> List[Element]:
    drawn = {"power_state": state, "average_power_draw": draw, "instant_power_draw": draw}
    return _elements(
        {**drawn, "current_power_limit": limit, "requested_power_limit": limit, "default_power_limit": limit}
    )


def _clocks(sm: str, memory: str) -> List[Element]:
    return _elements({"graphics_clock": sm, "sm_clock": sm, "mem_clock": memory})


def _instance_of(view: CardView, holder: Holder) -> Optional[MigInstance]:
    """A process uses one instance: the first, unless the scenario names another."""
    return next((instance for instance in view.mig if holder.gpu_instance in (None, instance.gpu_instance)), None)


def _process(view: CardView, holder: Holder) -> Element:
    instance = _instance_of(view, holder)
    place = {
        "gpu_instance_id": str(instance.gpu_instance) if instance else "N/A",
        "compute_instance_id": str(instance.compute_instance) if instance else "N/A",
    }
    held = holder.gpus[view.reading.card.index]
    used = "N/A" if view.hidden else tables.mib(held) + " MiB"
    process = {"pid": str(holder.pid), "type": holder.type, "process_name": holder.name, "used_memory": used}
    return ("process_info", _elements({**place, **process}))


def _mig_device(view: CardView, instance: MigInstance) -> Element:
    mine = [holder for holder in view.processes if _instance_of(view, holder) == instance]
    used = min(instance.total, sum(holder.gpus[instance.gpu] for holder in mine))
    slices = int(instance.profile[0]) if instance.profile[:1].isdigit() else 1
    shared = {
        "multiprocessor_count": str(_MULTIPROCESSORS.get(slices, 16 * slices)),
        "copy_engine_count": str(slices),
        "encoder_count": "0",
        "decoder_count": str(slices),
        "ofa_count": "0",
        "jpg_count": str(slices),
    }
    memory = {"total": instance.total, "reserved": 0, "used": used, "free": instance.total - used}
    place = {
        "index": str(instance.device),
        "gpu_instance_id": str(instance.gpu_instance),
        "compute_instance_id": str(instance.compute_instance),
    }
    return (
        "mig_device",
        [
            *_elements(place),
            ("device_attributes", [("shared", _elements(shared))]),
            ("ecc_error_count", [("volatile_count", [("sram_uncorrectable", "0")])]),
            ("fb_memory_usage", [(part, tables.mib(size) + " MiB") for part, size in memory.items()]),
        ],
    )
