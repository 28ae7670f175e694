"""The emulated GPUs: size, identity, and the processes that hold memory on them."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

MIB = 1 << 20
_UNITS = {"MiB": MIB, "GiB": 1 << 30}


class EmulatorError(ValueError):
    """A setting or a scenario that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Card:
    """`total`: in bytes; `custom_name`: from a scenario."""

    index: int
    total: int
    custom_name: str = ""

    @property
    def uuid(self) -> str:
        return "GPU-0000e000-0000-0000-0000-%012d" % self.index

    @property
    def bus_id(self) -> str:
        return "00000000:%02X:00.0" % (self.index + 1)

    @property
    def name(self) -> str:
        if self.custom_name:
            return self.custom_name
        unit, text = (1 << 30, "GiB") if self.total >= 1 << 30 else (MIB, "MiB")
        return "Emulated GPU %g %s" % (self.total / unit, text)


class Holder(NamedTuple):
    """A process that holds memory: bytes per GPU index."""

    pid: int
    name: str
    gpus: Dict[int, int]
    type: str = "C"
    """As nvidia-smi prints it: C computes, G draws, C+G does both."""
    gpu_instance: Optional[int] = None
    """With MIG; None: the first instance of the card."""


def parse_cards(text: str, where: str = "LBS_EMULATED_GPUS") -> List[Card]:
    """Parses `256MiB` or `24GiB,24GiB`. Raises EmulatorError."""
    sizes = [parse_size(part) for part in text.split(",")]
    if 0 in sizes:
        raise EmulatorError("%s is %r: write sizes such as 256MiB or 24GiB,24GiB." % (where, text))
    return [Card(index, size) for index, size in enumerate(sizes)]


def emulated_capability() -> Tuple[int, int]:
    """Of every emulated GPU: LBS_EMULATED_COMPUTE_CAPABILITY, such as 7.5; 8.0 unless it is set. Raises EmulatorError."""
    text = os.environ.get("LBS_EMULATED_COMPUTE_CAPABILITY") or "8.0"
    match = re.fullmatch(r"(\d{1,2})\.(\d)", text)
    if not match:
        raise EmulatorError("LBS_EMULATED_COMPUTE_CAPABILITY is %r: write one such as 7.5 or 8.0." % text)
    return int(match.group(1)), int(match.group(2))


def parse_size(text: str) -> int:
    """Bytes of `256MiB` or `1.5GiB`; 0 for anything else."""
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(MiB|GiB)\s*", text)
    return int(float(match.group(1)) * _UNITS[match.group(2)]) if match else 0


def data_folder() -> Path:
    """HEADROOM_HOME, which the panel sets, else the platform's folder, as in lbs/settings/paths.py."""
    if os.environ.get("HEADROOM_HOME"):
        return Path(os.environ["HEADROOM_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))) / "Headroom"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Headroom"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share") / "headroom"


def holders(folder: Path) -> List[Holder]:
    """What running workers hold, from the files that they write."""
    try:
        names = sorted(name for name in os.listdir(str(folder)) if name.endswith(".json") and not name.startswith("."))
    except OSError:
        return []
    read = (_holder(folder / name) for name in names)
    return [holder for holder in read if holder is not None]


def _holder(path: Path) -> Optional[Holder]:
    try:
        entry = json.loads(path.read_text("utf-8"))
        holder = Holder(int(entry["pid"]), str(entry["name"]), {int(k): int(v) for k, v in entry["gpus"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Removed meanwhile, or not a worker's file.
        return None
    return holder if _is_alive(holder.pid, entry.get("start_time")) else None


def _is_alive(pid: int, start_time: Optional[int]) -> bool:
    """Pids are reused: the start time must match. A zombie holds nothing."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return start_time is None and not os.path.isdir("/proc/self") and _exists(pid)
    return fields[0] not in (b"Z", b"X") and (start_time is None or int(fields[19]) == start_time)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
