"""What happens on the emulated GPUs, as a file of assets/scenarios describes it."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from smi_emulator.cards import Card, EmulatorError, Holder
from smi_emulator.entries import (
    Cell,
    Failure,
    MigInstance,
    Other,
    read_cards,
    read_cell,
    read_failure,
    read_mig,
    read_other,
)
from smi_emulator.fields import Fields, flag, list_of, one_of, share, text
from smi_emulator.figures import NO_FIGURE, CardFigures, Figure, constant

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "scenarios"


class Scenario:
    """`began`: Unix seconds. Raises EmulatorError where the file has an unknown or wrong key."""

    def __init__(self, value: Any, began: float, where: str = "The scenario") -> None:
        fields = Fields(value, where)
        fields.take("description", text, "")
        self.cards: List[Card] = fields.take("cards", read_cards, [])
        self.wddm = fields.take("driver_model", one_of("WDDM"), "") == "WDDM"
        self.chunks = fields.take("chunks", flag, False)
        self._driver_share = fields.take("driver_share", share, 0.0)
        self._others: List[Other] = fields.take("others", list_of(read_other), [])
        self._cells: List[Cell] = fields.take("cells", list_of(read_cell), [])
        self._figures: List[CardFigures] = fields.take("figures", list_of(CardFigures), [])
        self._mig: List[MigInstance] = fields.take("mig", read_mig, [])
        self._failure: Optional[Failure] = fields.take("fail", read_failure, None)
        fields.finish()
        self._began = began
        self._of_card: Dict[int, Dict[str, Figure]] = {}

    @classmethod
    def load(cls) -> "Scenario":
        path = scenario_file(os.environ.get("HEADROOM_SCENARIO") or "steady")
        try:
            value = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EmulatorError("The scenario %s cannot be read: %s" % (path, error)) from None
        return cls(value, _began(), "The scenario %s" % path.name)

    def failure(self, gpus: List[int]) -> Optional[Tuple[int, str]]:
        """The exit code and the message, where a call that includes these GPUs fails now."""
        fail = self._failure
        if fail is None or not (fail.gpu is None or fail.gpu in gpus):
            return None
        return (fail.code, fail.message) if fail.span.contains(self.seconds()) else None

    def reserved(self, card: Card) -> int:
        return int(card.total * self._driver_share)

    def others(self, cards: List[Card]) -> List[Holder]:
        seconds = self.seconds()
        return [other.holder(cards, seconds) for other in self._others]

    def occupied(self, cards: List[Card]) -> Dict[int, int]:
        """Bytes per GPU index that the driver and other processes hold now."""
        others = self.others(cards)
        return {card.index: self.reserved(card) + sum(one.gpus.get(card.index, 0) for one in others) for card in cards}

    def cell(self, card: Card) -> str:
        """The text that replaces this GPU's values now; empty where nothing does."""
        texts = (cell.text for cell in self._cells if cell.gpu == card.index and cell.span.contains(self.seconds()))
        return next(texts, "")

    def mig(self, card: Card) -> List[MigInstance]:
        return [instance for instance in self._mig if instance.gpu == card.index]

    def figures(self, card: Card) -> Dict[str, Figure]:
        """The values that are set for this card; a later entry of the file wins."""
        if card.index not in self._of_card:
            found: Dict[str, Figure] = {}
            if self.mig(card):
                found.update({"utilization.gpu": constant(NO_FIGURE), "utilization.memory": constant(NO_FIGURE)})
                found["mig.mode.current"] = constant("Enabled")
            if self.wddm:
                found.update({"driver_model.current": constant("WDDM"), "persistence_mode": constant(NO_FIGURE)})
            for entry in self._figures:
                if entry.applies_to(card.index):
                    found.update(entry.figures)
            self._of_card[card.index] = found
        return self._of_card[card.index]

    def seconds(self) -> float:
        return time.time() - self._began


def requested_scenario() -> Optional[Scenario]:
    """For the backend on these cards. None where HEADROOM_SCENARIO is not set (then others hold only a few MiB), and where
    it cannot be read, which nvidia-smi reports."""
    if not os.environ.get("HEADROOM_SCENARIO"):
        return None
    try:
        return Scenario.load()
    except EmulatorError:
        return None


def scenario_file(given: str) -> Path:
    """A bare word names a file of assets/scenarios; anything else is a path, as in electron/core/gpu/scenario.ts."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", given):
        return Path(given)
    path = FOLDER / (given + ".yaml")
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.yaml")))
        raise EmulatorError("There is no scenario %r: HEADROOM_SCENARIO is a file, or one of %s." % (given, known))
    return path


def _began() -> float:
    """The start of the panel, or of our parent: all calls share one time."""
    seconds = os.environ.get("HEADROOM_SCENARIO_BEGAN")
    if not seconds:
        return _parent_start()
    try:
        return float(seconds)
    except ValueError:
        raise EmulatorError("HEADROOM_SCENARIO_BEGAN is %r: write Unix seconds." % seconds) from None


def _parent_start() -> float:
    try:
        with open("/proc/%d/stat" % os.getppid(), "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/uptime") as file:
            uptime = float(file.read().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return time.time()
