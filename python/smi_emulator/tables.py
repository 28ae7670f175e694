"""Rows as nvidia-smi prints them: fields by canonical name, each with its unit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from smi_emulator.cards import MIB, Card, Holder
from smi_emulator.figures import NO_FIGURE, THROTTLE, Figure
from smi_emulator.scenario import Scenario

DRIVER = "580.95.05"


@dataclass(frozen=True)
class Reading:
    """One card at one time, in bytes. `figures`: set by the scenario, at `seconds` since it began."""

    card: Card
    reserved: int
    used: int
    busy: bool
    count: int
    cell: str
    figures: Dict[str, Figure]
    seconds: float

    @property
    def free(self) -> int:
        return max(0, self.card.total - self.reserved - self.used)

    def figure(self, name: str, idle: str, busy: Optional[str] = None) -> str:
        """The value that the scenario sets, else that of an idle or a busy card."""
        if name in self.figures:
            return self.figures[name](self.seconds)
        return busy if self.busy and busy is not None else idle


class Field(NamedTuple):
    """`lost`: the value disappears with a lost GPU, unlike those that identify it."""

    unit: str
    value: Callable[[Reading], str]
    lost: bool
    help: str


def mib(size: int) -> str:
    return str(round(size / MIB))


def _stamp(_: Optional[Reading] = None) -> str:
    return datetime.now().strftime("%Y/%m/%d %H:%M:%S.%f")[:-3]


def _fixed(text: str) -> Callable[[Reading], str]:
    return lambda _: text


GPU_FIELDS: Dict[str, Field] = {}


def _field(name: str, unit: str, value: Callable[[Reading], str], help: str, lost: bool = True) -> None:
    GPU_FIELDS[name] = Field(unit, value, lost, help)


def _figure(name: str, unit: str, idle: str, busy: Optional[str], help: str, lost: bool = True) -> None:
    _field(name, unit, lambda r: r.figure(name, idle, busy), help, lost)


_field("timestamp", "", _stamp, 'The timestamp of when the query was made in format "YYYY/MM/DD HH:MM:SS.msec".', False)
_field("driver_version", "", _fixed(DRIVER), "The version of the installed NVIDIA display driver.", False)
_field("count", "", lambda r: str(r.count), "The number of NVIDIA GPUs in the system.", False)
_field("name", "", lambda r: r.card.name, "The official product name of the GPU.", False)
_field("serial", "", _fixed(NO_FIGURE), "The serial number of the board.", False)
_field("uuid", "", lambda r: r.card.uuid, "This value is the globally unique identifier of the GPU.", False)
_field("pci.bus_id", "", lambda r: r.card.bus_id, 'PCI bus id as "domain:bus:device.function", in hex.', False)
_field("index", "", lambda r: str(r.card.index), "Zero based index of the GPU. Can change at each boot.", False)
_figure("display_active", "", "Disabled", None, "Whether a display is initialized on the GPU.", False)
_figure("persistence_mode", "", "Enabled", None, "Whether persistence mode is enabled for the GPU.", False)
_figure("driver_model.current", "", NO_FIGURE, None, 'The driver model in use. Always "N/A" on Linux.', False)
_figure("fan.speed", "%", NO_FIGURE, None, "The fan speed in percent of the maximum.")
_figure("pstate", "", "P8", "P0", "The current performance state for the GPU.", False)
_figure(THROTTLE, "", "0x0000000000000001", "0x0000000000000000", "Bitmask of active clock event reasons.")
_field("memory.total", "MiB", lambda r: mib(r.card.total), "Total installed GPU memory.")
_field("memory.reserved", "MiB", lambda r: mib(r.reserved), "Total memory reserved by the NVIDIA driver and firmware.")
_field("memory.used", "MiB", lambda r: mib(r.used), "Total memory allocated by active contexts.")
_field("memory.free", "MiB", lambda r: mib(r.free), "Total free memory.")
_figure("compute_mode", "", "Default", None, "Whether several compute contexts may share the GPU.", False)
_figure("utilization.gpu", "%", "0", "93", "Share of time in which a kernel ran.")
_figure("utilization.memory", "%", "0", "41", "Share of time in which memory was read or written.")
_figure("ecc.errors.corrected.volatile.total", "", NO_FIGURE, None, "Errors since the driver was loaded, corrected.")
_figure("ecc.errors.uncorrected.volatile.total", "", NO_FIGURE, None, "Errors since the driver was loaded.")
_figure("temperature.gpu", "", "36", "58", "Core GPU temperature in degrees C.")
_figure("power.draw", "W", "14.20", "61.50", "The last measured power draw in watts.")
_figure("enforced.power.limit", "W", "75.00", None, "The power limit that the driver enforces, in watts.")
_figure("clocks.current.sm", "MHz", "210", "1410", "Current frequency of the SM clock.")
_figure("clocks.current.memory", "MHz", "405", "5001", "Current frequency of the memory clock.")
_figure("clocks.max.sm", "MHz", "1410", None, "Maximum frequency of the SM clock.")
_figure("clocks.max.memory", "MHz", "5001", None, "Maximum frequency of the memory clock.")
_figure("mig.mode.current", "", NO_FIGURE, None, "The MIG mode that the GPU works under.")
# Since Fermi the shader clock is that of the SM.
GPU_FIELDS["clocks.current.graphics"] = GPU_FIELDS["clocks.current.sm"]._replace(
    help="Current frequency of the shader."
)

# The header has the canonical name.
GPU_ALIASES = {
    "gpu_name": "name",
    "gpu_serial": "serial",
    "gpu_uuid": "uuid",
    "gpu_bus_id": "pci.bus_id",
    "clocks_throttle_reasons.active": THROTTLE,
    "gpu.power.current_limit": "enforced.power.limit",
    "clocks.gr": "clocks.current.graphics",
    "clocks.sm": "clocks.current.sm",
    "clocks.mem": "clocks.current.memory",
    "clocks.max.mem": "clocks.max.memory",
}
APP_FIELDS = ("timestamp", "gpu_name", "gpu_bus_id", "gpu_serial", "gpu_uuid", "pid", "process_name", "used_gpu_memory")
APP_ALIASES = {"name": "process_name", "used_memory": "used_gpu_memory"}


def readings(
    cards: List[Card], count: int, held: List[Holder], scenario: Scenario, before: Dict[int, int]
) -> List[Reading]:
    """`count`: GPUs of the machine. `before`: bytes held at the last reading, where a change means that the card is busy."""
    processes = held + scenario.others(cards)
    seconds = scenario.seconds()
    made = []
    for card in cards:
        ours = sum(holder.gpus.get(card.index, 0) for holder in held)
        used = sum(holder.gpus.get(card.index, 0) for holder in processes)
        reserved, figures = scenario.reserved(card), scenario.figures(card)
        busy = before.get(card.index, ours) != ours or _is_busy(figures, seconds)
        before[card.index] = ours
        used = min(used, card.total - reserved)
        made.append(Reading(card, reserved, used, busy, count, scenario.cell(card), figures, seconds))
    return made


def _is_busy(figures: Dict[str, Figure], seconds: float) -> bool:
    utilization = figures.get("utilization.gpu")
    return utilization is not None and utilization(seconds) not in ("0", NO_FIGURE)


def gpu_row(reading: Reading, names: List[str], units: bool) -> List[str]:
    row = []
    for name in names:
        field = GPU_FIELDS[name]
        text = reading.cell if reading.cell and field.lost else field.value(reading)
        row.append("%s %s" % (text, field.unit) if units and field.unit and not text.startswith("[") else text)
    return row


def app_rows(
    cards: List[Card], processes: List[Holder], names: List[str], units: bool, hidden: bool
) -> List[List[str]]:
    """`hidden`: this driver does not report the memory of a process."""
    computing = [holder for holder in processes if "C" in holder.type]
    return [
        _app_row(card, holder, names, units, hidden)
        for card in cards
        for holder in computing
        if holder.gpus.get(card.index)
    ]


def _app_row(card: Card, holder: Holder, names: List[str], units: bool, hidden: bool) -> List[str]:
    values = {
        "timestamp": _stamp(),
        "gpu_name": card.name,
        "gpu_bus_id": card.bus_id,
        "gpu_serial": NO_FIGURE,
        "gpu_uuid": card.uuid,
        "pid": str(holder.pid),
        "process_name": holder.name.replace(",", "?"),
        "used_gpu_memory": NO_FIGURE if hidden else mib(holder.gpus[card.index]) + (" MiB" if units else ""),
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


def text_table(rows: List[Reading], processes: List[Tuple[Card, Holder]], hidden: bool) -> str:
    line = "+" + "-" * 78 + "+"
    out = [line, "| NVIDIA-SMI (emulated; no real GPU)%43s|" % "", line]
    for r in rows:
        memory = r.cell or "%6s MiB / %6s MiB" % (mib(r.used), mib(r.card.total))
        out.append("| %3d  %-28s %-16s %26s |" % (r.card.index, r.card.name, r.card.bus_id, memory))
    out.append(line)
    for card, holder in processes:
        used = "N/A" if hidden else mib(holder.gpus[card.index]) + " MiB"
        out.append("| %3d  %8d  %-44s %18s |" % (card.index, holder.pid, holder.name[-44:], used))
    return "\n".join(out + [line])
