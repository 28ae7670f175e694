"""Rows as nvidia-smi prints them: fields by canonical name, each with its unit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Dict, List, NamedTuple, Tuple

from smi_emulator.cards import MIB, Card, Holder
from smi_emulator.scenario import Scenario

DRIVER = "580.95.05"


@dataclass(frozen=True)
class Reading:
    """One card at one moment, bytes."""

    card: Card
    reserved: int
    used: int
    busy: bool
    count: int
    cell: str

    @property
    def free(self) -> int:
        return max(0, self.card.total - self.reserved - self.used)


class Field(NamedTuple):
    """`lost`: this figure vanishes with the GPU; what identifies the card stays."""

    unit: str
    value: Callable[[Reading], str]
    lost: bool = True
    help: str = ""


def _mib(size: int) -> str:
    return str(round(size / MIB))


def _stamp(_: Reading) -> str:
    return datetime.now().strftime("%Y/%m/%d %H:%M:%S.%f")[:-3]


def _fixed(text: str) -> Callable[[Reading], str]:
    return lambda _: text


GPU_FIELDS: Dict[str, Field] = {
    "timestamp": Field(
        "", _stamp, False, 'The timestamp of when the query was made in format "YYYY/MM/DD HH:MM:SS.msec".'
    ),
    "driver_version": Field("", _fixed(DRIVER), False, "The version of the installed NVIDIA display driver."),
    "count": Field("", lambda r: str(r.count), False, "The number of NVIDIA GPUs in the system."),
    "name": Field("", lambda r: r.card.name, False, "The official product name of the GPU."),
    "index": Field("", lambda r: str(r.card.index), False, "Zero based index of the GPU. Can change at each boot."),
    "uuid": Field("", lambda r: r.card.uuid, False, "This value is the globally unique identifier of the GPU."),
    "pci.bus_id": Field("", lambda r: r.card.bus_id, False, 'PCI bus id as "domain:bus:device.function", in hex.'),
    "persistence_mode": Field("", _fixed("Enabled"), False, "Whether persistence mode is enabled for the GPU."),
    "fan.speed": Field("%", _fixed("[N/A]"), True, "The fan speed in percent of the maximum."),
    "pstate": Field("", lambda r: "P0" if r.busy else "P8", False, "The current performance state for the GPU."),
    "clocks_event_reasons.active": Field(
        "", _fixed("0x0000000000000000"), True, "Bitmask of active clock event reasons."
    ),
    "memory.total": Field("MiB", lambda r: _mib(r.card.total), True, "Total installed GPU memory."),
    "memory.reserved": Field("MiB", lambda r: _mib(r.reserved), True, "Total memory reserved by the NVIDIA driver."),
    "memory.used": Field("MiB", lambda r: _mib(r.used), True, "Total memory allocated by active contexts."),
    "memory.free": Field("MiB", lambda r: _mib(r.free), True, "Total free memory."),
    "compute_mode": Field("", _fixed("Default"), False, "Whether several compute contexts may share the GPU."),
    "utilization.gpu": Field("%", lambda r: "93" if r.busy else "0", True, "Share of time in which a kernel ran."),
    "utilization.memory": Field(
        "%", lambda r: "41" if r.busy else "0", True, "Share of time in which memory was read or written."
    ),
    "temperature.gpu": Field("", lambda r: "58" if r.busy else "36", True, "Core GPU temperature in degrees C."),
    "power.draw": Field("W", lambda r: "61.50" if r.busy else "14.20", True, "The last measured power draw in watts."),
    "enforced.power.limit": Field("W", _fixed("75.00"), True, "The power limit that the driver enforces, in watts."),
    "clocks.current.sm": Field(
        "MHz", lambda r: "1410" if r.busy else "210", True, "Current frequency of the SM clock."
    ),
    "clocks.current.memory": Field(
        "MHz", lambda r: "5001" if r.busy else "405", True, "Current frequency of the memory clock."
    ),
    "mig.mode.current": Field("", _fixed("[N/A]"), True, "The MIG mode that the GPU works under."),
}
# What may be asked for by another name; the header says the canonical one.
GPU_ALIASES = {
    "gpu_name": "name",
    "gpu_uuid": "uuid",
    "gpu_bus_id": "pci.bus_id",
    "clocks.sm": "clocks.current.sm",
    "clocks.gr": "clocks.current.sm",
    "clocks.mem": "clocks.current.memory",
    "clocks_throttle_reasons.active": "clocks_event_reasons.active",
}
APP_FIELDS = ("timestamp", "gpu_name", "gpu_bus_id", "gpu_uuid", "pid", "process_name", "used_gpu_memory")
APP_ALIASES = {"name": "process_name", "used_memory": "used_gpu_memory"}


def readings(cards: List[Card], held: List[Holder], scenario: Scenario, before: Dict[int, int]) -> List[Reading]:
    """`before`: what was held at the last tick; a card whose holding changes is at work."""
    everybody = held + [holder for holder, _ in scenario.others(cards)]
    made = []
    for card in cards:
        ours = sum(holder.gpus.get(card.index, 0) for holder in held)
        used = sum(holder.gpus.get(card.index, 0) for holder in everybody)
        busy = before.get(card.index, ours) != ours
        before[card.index] = ours
        reserved = scenario.reserved(card)
        made.append(
            Reading(card, reserved, min(used, card.total - reserved), busy, len(cards), scenario.cell(card) or "")
        )
    return made


def gpu_row(reading: Reading, names: List[str], units: bool) -> List[str]:
    row = []
    for name in names:
        field = GPU_FIELDS[name]
        text = reading.cell if reading.cell and field.lost else field.value(reading)
        row.append("%s %s" % (text, field.unit) if units and field.unit and not text.startswith("[") else text)
    return row


def app_rows(cards: List[Card], processes: List[Holder], names: List[str], units: bool) -> List[List[str]]:
    return [
        _app_row(card, holder, names, units) for card in cards for holder in processes if holder.gpus.get(card.index)
    ]


def _app_row(card: Card, holder: Holder, names: List[str], units: bool) -> List[str]:
    values = {
        "timestamp": datetime.now().strftime("%Y/%m/%d %H:%M:%S.%f")[:-3],
        "gpu_name": card.name,
        "gpu_bus_id": card.bus_id,
        "gpu_uuid": card.uuid,
        "pid": str(holder.pid),
        "process_name": holder.name.replace(",", "?"),
        "used_gpu_memory": _mib(holder.gpus[card.index]) + (" MiB" if units else ""),
    }
    return [values[name] for name in names]


def header(names: List[str]) -> List[str]:
    unit = {name: field.unit for name, field in GPU_FIELDS.items()}
    unit["used_gpu_memory"] = "MiB"
    return ["%s [%s]" % (name, unit[name]) if unit.get(name) else name for name in names]


def help_text() -> str:
    lines = ['List of valid properties to query for the switch "--query-gpu":', ""]
    for name, field in GPU_FIELDS.items():
        names = [name] + [alias for alias, canonical in GPU_ALIASES.items() if canonical == name]
        lines += [" or ".join('"%s"' % each for each in names), field.help, ""]
    return "\n".join(lines)


def app_help_text() -> str:
    names = "\n\n".join('"%s"' % name for name in APP_FIELDS)
    return 'List of valid properties to query for the switch "--query-compute-apps":\n\n%s\n' % names


def human_table(rows: List[Reading], processes: List[Tuple[Card, Holder]]) -> str:
    line = "+" + "-" * 78 + "+"
    out = [line, "| NVIDIA-SMI (emulated; no real GPU)%43s|" % "", line]
    for r in rows:
        memory = "%6s MiB / %6s MiB" % (_mib(r.used), _mib(r.card.total))
        out.append("| %3d  %-28s %-16s %26s |" % (r.card.index, r.card.name, r.card.bus_id, memory))
    out.append(line)
    for card, holder in processes:
        out.append(
            "| %3d  %8d  %-44s %14s MiB |" % (card.index, holder.pid, holder.name[-44:], _mib(holder.gpus[card.index]))
        )
    return "\n".join(out + [line])
