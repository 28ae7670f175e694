"""The emulated GPUs and their processes in each of nvidia-smi's output formats."""

import os
from typing import Dict, List, Optional

from smi_emulator import tables
from smi_emulator.cards import Card, Holder, data_folder, holders, parse_cards
from smi_emulator.command_line import Query, Refusal
from smi_emulator.scenario import Scenario

DEFAULT_CARDS = "256MiB"


def cards_of(scenario: Scenario) -> List[Card]:
    """LBS_EMULATED_GPUS wins over the scenario's cards, which still name cards of the same index and size."""
    sizes = os.environ.get("LBS_EMULATED_GPUS")
    if not sizes:
        return scenario.cards or parse_cards(DEFAULT_CARDS)
    named = {(card.index, card.total): card for card in scenario.cards}
    return [named.get((card.index, card.total), card) for card in parse_cards(sizes)]


class Emulator:
    """`selected`: the value of `-i`, by index, uuid or bus id."""

    def __init__(self, scenario: Scenario, selected: Optional[str] = None) -> None:
        self._scenario = scenario
        self._cards = cards_of(scenario)
        self._count = len(self._cards)
        if selected is not None:
            ids = set(selected.split(","))
            self._cards = [card for card in self._cards if {str(card.index), card.uuid, card.bus_id} & ids]
            if not self._cards:
                raise Refusal(6, "No devices were found\n")
        self._workers_folder = data_folder() / "emulator" / "held"
        self._before: Dict[int, int] = {}

    @property
    def indexes(self) -> List[int]:
        return [card.index for card in self._cards]

    def rows(self, query: Query) -> List[List[str]]:
        units = "nounits" not in query.formats
        if query.kind == "query_apps":
            return tables.app_rows(self._cards, self._holders(), query.names, units, self._scenario.wddm)
        return [tables.gpu_row(reading, query.names, units) for reading in self._readings()]

    def table(self) -> str:
        processes = self._holders()
        held = [(card, holder) for card in self._cards for holder in processes if holder.gpus.get(card.index)]
        return tables.text_table(self._readings(), held, self._scenario.wddm)

    def listing(self) -> str:
        lines = []
        for card in self._cards:
            lines.append("GPU %d: %s (UUID: %s)" % (card.index, card.name, card.uuid))
            for one in self._scenario.mig(card):
                lines.append("  MIG %-11s Device %2d: (UUID: %s)" % (one.profile, one.device, one.uuid))
        return "\n".join(lines)

    def xml(self) -> str:
        # Imported late, so that the stream starts faster.
        from smi_emulator import report

        processes = self._holders()
        views = []
        for reading in self._readings():
            here = [holder for holder in processes if holder.gpus.get(reading.card.index)]
            views.append(report.CardView(reading, here, self._scenario.mig(reading.card), self._scenario.wddm))
        return report.xml(views)

    def _holders(self) -> List[Holder]:
        return holders(self._workers_folder) + self._scenario.others(self._cards)

    def _readings(self) -> List[tables.Reading]:
        return tables.readings(self._cards, self._count, holders(self._workers_folder), self._scenario, self._before)
