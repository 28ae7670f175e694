"""What is left of a backend whose owner is gone: decided from one look at the processes, without touching any."""

from __future__ import annotations

import os
from typing import Iterable

from smi_emulator.cards import data_folder

from .processes import Process, is_server, is_worker

# The screen goes dark with these: never ended from here.
DISPLAY_SERVERS = ("Xorg", "X", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "sway", "weston", "mutter")


def leftovers(found: list[Process]) -> list[Process]:
    """Workers without a server, and carriers of a marker for which neither a guardian nor a server lives any more."""
    by_pid = {process.pid: process for process in found}
    spared, owned = lineage(os.getpid(), by_pid), guarded(found) | served(found)

    def is_left(process: Process) -> bool:
        if process.pid in spared or draws_screen(process.words):
            return False
        return process.marker not in owned if process.marker else is_worker(process) and is_orphan(process, by_pid)

    return [process for process in found if is_left(process)]


def guarded(found: Iterable[Process]) -> set[str]:
    """The markers of living panels: the guardian of each has its marker as its argument."""
    return {marker for process in found for marker in process.after("guardian.py")}


def served(found: Iterable[Process]) -> set[str]:
    """The markers of living servers, of whatever checkout."""
    return {
        process.marker
        for process in found
        if process.marker and any(os.path.basename(word) in ("server.py", "lbs.server") for word in process.words)
    }


def lineage(pid: int, by_pid: dict[int, Process]) -> set[int]:
    """A process and all that led to it: what runs this tool is not ended by it."""
    line: set[int] = set()
    while pid in by_pid and pid not in line:
        line.add(pid)
        pid = by_pid[pid].parent
    return line


def is_orphan(process: Process, by_pid: dict[int, Process]) -> bool:
    """Its server is gone, so that it was handed on to init or to the session's manager, which are of other sessions. One
    that something else than a server started, as tests do, is that one's."""
    top = process
    for _ in by_pid:
        if top.parent not in by_pid or not is_worker(by_pid[top.parent]):
            break
        top = by_pid[top.parent]
    owner = by_pid.get(top.parent)
    return owner is None or owner.pid == 1 or (owner.session != top.session and not is_server(owner))


def is_of_another_panel(process: Process) -> bool:
    """It names a data folder that is not ours: another panel's, which may know what it does."""
    return bool(process.home) and os.path.realpath(process.home) != os.path.realpath(str(data_folder()))


def draws_screen(words: list[str]) -> bool:
    return os.path.basename((words or [""])[0]) in DISPLAY_SERVERS
