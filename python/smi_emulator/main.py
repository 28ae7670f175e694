"""The command line: what is asked, once or again and again."""

import os
import signal
import sys
import time
from typing import Callable, Dict, List

from smi_emulator import tables
from smi_emulator.cards import EmulatorError
from smi_emulator.command_line import Query, Refusal, parse, period, query_of
from smi_emulator.emulator import Emulator
from smi_emulator.scenario import Scenario


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_rows(rows: List[List[str]]) -> None:
    for row in rows:
        say(", ".join(row))


def say_in_chunks(rows: List[List[str]]) -> None:
    """As the real one: one write for each field, so that a reader's lines arrive in pieces."""
    for row in rows:
        for place, cell in enumerate(row):
            sys.stdout.write(", " + cell if place else cell)
            sys.stdout.flush()
        say("")


def rounds_of(query: Query, emulator: Emulator, scenario: Scenario) -> Callable[[], None]:
    if "noheader" not in query.formats:
        say(", ".join(tables.header(query.names)))
    tell = say_in_chunks if scenario.chunks else say_rows
    return lambda: tell(emulator.rows(query))


def plain_round(asked: Dict[str, str], emulator: Emulator) -> Callable[[], None]:
    make = emulator.xml if "xml" in asked else emulator.listing if "list" in asked else emulator.table
    return lambda: say(make())


def answer(words: List[str]) -> None:
    scenario = Scenario.load()
    fail_if_due(scenario)
    asked = parse(words)
    emulator = Emulator(scenario, asked.get("id"))
    query, pause = query_of(asked), period(asked)
    if "help_gpu" in asked or "help_apps" in asked:
        return say(tables.help_text() if "help_gpu" in asked else tables.app_help_text())
    one_round = rounds_of(query, emulator, scenario) if query else plain_round(asked, emulator)
    while True:
        one_round()
        if pause is None:
            return None
        time.sleep(pause)
        fail_if_due(scenario)


def fail_if_due(scenario: Scenario) -> None:
    failure = scenario.failure()
    if failure:
        raise Refusal(*failure)


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
