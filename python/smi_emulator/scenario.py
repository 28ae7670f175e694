"""What else happens on the emulated cards: assets/scenarios tells, this reads it."""

import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from smi_emulator.cards import Card, EmulatorError, Holder

_DEFAULT = Path(__file__).resolve().parent.parent.parent / "assets" / "scenarios" / "steady.yaml"


class Scenario:
    def __init__(self, told: Dict[str, Any], began: float) -> None:
        self._told = told
        self._began = began

    @classmethod
    def load(cls) -> "Scenario":
        path = Path(os.environ.get("HEADROOM_SCENARIO") or _DEFAULT)
        try:
            told = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EmulatorError("The scenario %s cannot be read: %s" % (path, error)) from None
        return cls(told, _parent_start())

    @property
    def failure(self) -> Optional[Tuple[int, str]]:
        fail = self._told.get("fail")
        return (int(fail["exit"]), str(fail["says"])) if fail else None

    def reserved(self, card: Card) -> int:
        return int(card.total * self._told.get("driver_share", 0))

    def others(self, cards: List[Card]) -> List[Tuple[Holder, bool]]:
        """Processes that are not ours, and whether they only draw."""
        return [(self._other(entry, cards), bool(entry.get("graphics"))) for entry in self._told.get("others", [])]

    def _other(self, entry: Dict[str, Any], cards: List[Card]) -> Holder:
        grown = entry["share"] + entry.get("grow_share_per_s", 0) * self._seconds()
        share = min(grown, entry.get("most_share", 1))
        gpus = entry.get("gpus", [card.index for card in cards])
        return Holder(entry["pid"], entry["name"], {c.index: int(c.total * share) for c in cards if c.index in gpus})

    def cell(self, card: Card) -> Optional[str]:
        """What this GPU's figures say instead of numbers."""
        for event in self._told.get("cells", []):
            if event["gpu"] == card.index and self._seconds() >= event["after_s"]:
                return str(event["text"])
        return None

    def _seconds(self) -> float:
        return time.time() - self._began


def _parent_start() -> float:
    """Since our parent began, so that the stream and the look at the processes tell the same story."""
    try:
        with open("/proc/%d/stat" % os.getppid(), "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/uptime") as file:
            uptime = float(file.read().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return time.time()
