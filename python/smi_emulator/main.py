"""The command line: what is asked, once or again and again."""

import os
import signal
import sys
import time
from typing import Dict, List, NamedTuple, Optional

from smi_emulator import tables
from smi_emulator.cards import Card, EmulatorError, Holder, data_folder, holders, parse_cards
from smi_emulator.scenario import Scenario

_SWITCHES = {
    "-lms": "loop_ms", "--loop-ms": "loop_ms", "-l": "loop_s", "--loop": "loop_s", "-i": "id", "--id": "id",
    "--format": "format", "--query-gpu": "query_gpu", "--query-compute-apps": "query_apps",
}  # fmt: skip
_PLAIN = {"-L": "list", "--list-gpus": "list", "--help-query-gpu": "help_gpu", "--help-query-compute-apps": "help_apps"}


class Refusal(Exception):
    """nvidia-smi says all on stdout, and an exit code."""

    def __init__(self, code: int, says: str) -> None:
        super().__init__(says)
        self.code = code


class Query(NamedTuple):
    kind: str
    names: List[str]
    formats: List[str]


def parse(words: List[str]) -> Dict[str, str]:
    asked: Dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, _, value = word.partition("=")
        if word in _PLAIN:
            asked[_PLAIN[word]] = "1"
        elif name in _SWITCHES and ("=" in word or rest):
            asked[_SWITCHES[name]] = value if "=" in word else rest.pop(0)
        else:
            raise Refusal(2, "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n")
    return asked


def query_of(asked: Dict[str, str]) -> Optional[Query]:
    kinds = [kind for kind in ("query_gpu", "query_apps") if kind in asked]
    if len(kinds) > 1:
        raise Refusal(2, "Only one --query-* switch can be used at a time.")
    if not kinds:
        return None
    if "format" not in asked:
        raise Refusal(2, "\"--format=\" switch is missing. Please run 'nvidia-smi -h' for help.\n\n")
    aliases = tables.GPU_ALIASES if kinds[0] == "query_gpu" else tables.APP_ALIASES
    known = set(tables.GPU_FIELDS if kinds[0] == "query_gpu" else tables.APP_FIELDS)
    names = []
    for word in asked[kinds[0]].split(","):
        name = aliases.get(word.strip(), word.strip())
        if name not in known:
            raise Refusal(2, 'Field "%s" is not a valid field to query.\n\n' % word.strip())
        names.append(name)
    return Query(kinds[0], names, [part.strip() for part in asked["format"].split(",")])


def period(asked: Dict[str, str]) -> Optional[float]:
    """Seconds between two rounds, or None for one round."""
    text = asked.get("loop_ms", asked.get("loop_s"))
    if text is None:
        return None
    if not text.isdigit() or int(text) == 0:
        raise Refusal(
            2, "Provided [-l(ms) | --loop(-ms)=] value is incorrect. Loop frequency must be greater than 0.\n"
        )
    return int(text) / (1000 if "loop_ms" in asked else 1)


class Emulator:
    def __init__(self, cards: List[Card], scenario: Scenario) -> None:
        self._cards = cards
        self._scenario = scenario
        self._held_folder = data_folder() / "emulator" / "held"
        self._before: Dict[int, int] = {}

    def chosen(self, wanted: Optional[str]) -> "Emulator":
        if wanted is not None:
            ids = wanted.split(",")
            self._cards = [card for card in self._cards if {str(card.index), card.uuid, card.bus_id} & set(ids)]
            if not self._cards:
                raise Refusal(6, "No devices were found\n")
        return self

    def processes(self) -> List[Holder]:
        compute = [holder for holder, graphics in self._scenario.others(self._cards) if not graphics]
        return holders(self._held_folder) + compute

    def rows(self, query: Query) -> List[List[str]]:
        units = "nounits" not in query.formats
        if query.kind == "query_apps":
            return tables.app_rows(self._cards, self.processes(), query.names, units)
        return [tables.gpu_row(reading, query.names, units) for reading in self._readings()]

    def _readings(self) -> List[tables.Reading]:
        return tables.readings(self._cards, holders(self._held_folder), self._scenario, self._before)

    def table(self) -> str:
        held = [(card, holder) for card in self._cards for holder in self.processes() if holder.gpus.get(card.index)]
        return tables.human_table(self._readings(), held)

    def listing(self) -> str:
        return "\n".join("GPU %d: %s (UUID: %s)" % (card.index, card.name, card.uuid) for card in self._cards)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def answer(words: List[str]) -> None:
    scenario = Scenario.load()
    if scenario.failure:
        raise Refusal(*scenario.failure)
    asked = parse(words)
    emulator = Emulator(parse_cards(os.environ.get("LBS_EMULATED_GPUS") or "256MiB"), scenario).chosen(asked.get("id"))
    query, pause = query_of(asked), period(asked)
    if "help_gpu" in asked or "help_apps" in asked:
        return say(tables.help_text() if "help_gpu" in asked else tables.app_help_text())
    if query is None:
        return say(emulator.listing() if "list" in asked else emulator.table())
    if "noheader" not in query.formats:
        say(", ".join(tables.header(query.names)))
    while True:
        for row in emulator.rows(query):
            say(", ".join(row))
        if pause is None:
            return None
        time.sleep(pause)


def leave(*_: object) -> None:
    # As the real one: a request to end is no failure. Nothing may be flushed to a reader that is gone.
    os._exit(0)


def main(words: List[str]) -> int:
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        answer(words)
    except Refusal as refusal:
        sys.stdout.write(str(refusal) if str(refusal).endswith("\n") else "%s\n" % refusal)
        return refusal.code
    except EmulatorError as error:
        say(str(error))
        return 2
    return 0
