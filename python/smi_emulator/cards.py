"""The emulated cards: how big, who they are, and what is held on them."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

MIB = 1 << 20
_UNITS = {"MiB": MIB, "GiB": 1 << 30}


class EmulatorError(ValueError):
    """A setting that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Card:
    """`total` in bytes; `named` where a scenario has a name for it."""

    index: int
    total: int
    named: str = ""

    @property
    def uuid(self) -> str:
        return "GPU-0000e000-0000-0000-0000-%012d" % self.index

    @property
    def bus_id(self) -> str:
        return "00000000:%02X:00.0" % (self.index + 1)

    @property
    def name(self) -> str:
        if self.named:
            return self.named
        unit, text = (1 << 30, "GiB") if self.total >= 1 << 30 else (MIB, "MiB")
        return "Emulated GPU %g %s" % (self.total / unit, text)


class Holder(NamedTuple):
    """A process that holds memory: bytes per GPU index."""

    pid: int
    name: str
    gpus: Dict[int, int]
    type: str = "C"
    """As nvidia-smi says it: C computes, G draws, C+G does both."""
    gpu_instance: Optional[int] = None
    """On a card with MIG; None: the first of the card."""


def parse_cards(text: str, where: str = "LBS_EMULATED_GPUS") -> List[Card]:
    """`256MiB` or `24GiB,24GiB`."""
    sizes = [parse_size(part) for part in text.split(",")]
    if 0 in sizes:
        raise EmulatorError("%s is %r: write sizes such as 256MiB or 24GiB,24GiB." % (where, text))
    return [Card(index, size) for index, size in enumerate(sizes)]


def parse_size(text: str) -> int:
    """Bytes of `256MiB` or `1.5GiB`; 0 where it is no size."""
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(MiB|GiB)\s*", text)
    return int(float(match.group(1)) * _UNITS[match.group(2)]) if match else 0


def data_folder() -> Path:
    """The panel always sets HEADROOM_HOME; by hand the platform's place, as in lbs/settings/paths.py."""
    if os.environ.get("HEADROOM_HOME"):
        return Path(os.environ["HEADROOM_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))) / "Headroom"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Headroom"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share") / "headroom"


def holders(folder: Path) -> List[Holder]:
    """What living workers say that they hold; one read of the folder."""
    try:
        names = sorted(name for name in os.listdir(str(folder)) if name.endswith(".json") and not name.startswith("."))
    except OSError:
        return []
    found = (_holder(folder / name) for name in names)
    return [holder for holder in found if holder is not None]


def _holder(path: Path) -> Optional[Holder]:
    try:
        told = json.loads(path.read_text("utf-8"))
        holder = Holder(int(told["pid"]), str(told["name"]), {int(k): int(v) for k, v in told["gpus"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Being removed at this moment, or none of ours.
        return None
    return holder if _is_alive(holder.pid, told.get("start_time")) else None


def _is_alive(pid: int, start_time: Optional[int]) -> bool:
    """A pid alone identifies nothing: the start time must be the one that was told, and a zombie holds nothing."""
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
