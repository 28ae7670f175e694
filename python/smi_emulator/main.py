"""The command line: prints the answer once, or in a loop."""

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


def write_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_rows(rows: List[List[str]]) -> None:
    for row in rows:
        write_line(", ".join(row))


def write_in_chunks(rows: List[List[str]]) -> None:
    """One write per field, as the real one does: readers get lines in pieces."""
    for row in rows:
        for index, cell in enumerate(row):
            sys.stdout.write(", " + cell if index else cell)
            sys.stdout.flush()
        write_line("")


def rounds_of(query: Query, emulator: Emulator, scenario: Scenario) -> Callable[[], None]:
    if "noheader" not in query.formats:
        write_line(", ".join(tables.header(query.names)))
    write = write_in_chunks if scenario.chunks else write_rows
    return lambda: write(emulator.rows(query))


def plain_round(options: Dict[str, str], emulator: Emulator) -> Callable[[], None]:
    make = emulator.xml if "xml" in options else emulator.listing if "list" in options else emulator.table
    return lambda: write_line(make())


def answer(words: List[str]) -> None:
    scenario = Scenario.load()
    fail_if_due(scenario, [])
    options = parse(words)
    emulator = Emulator(scenario, options.get("id"))
    query, pause = query_of(options), period(options)
    if "help_gpu" in options or "help_apps" in options:
        return write_line(tables.help_text() if "help_gpu" in options else tables.app_help_text())
    fail_if_due(scenario, emulator.indexes)
    one_round = rounds_of(query, emulator, scenario) if query else plain_round(options, emulator)
    while True:
        one_round()
        if pause is None:
            return None
        time.sleep(pause)
        fail_if_due(scenario, emulator.indexes)


def fail_if_due(scenario: Scenario, gpus: List[int]) -> None:
    failure = scenario.failure(gpus)
    if failure:
        raise Refusal(*failure)


def leave(*_: object) -> None:
    # The real one exits with 0, too. Nothing is flushed, since the reader may have exited.
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
        write_line(str(error))
        return 2
    return 0
