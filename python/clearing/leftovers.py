"""Finds leftover processes of a backend whose owner has exited, in one snapshot of the processes."""

from __future__ import annotations

import os
from typing import Iterable

from smi_emulator.cards import data_folder

from .processes import Process, is_server, is_worker

# Without these the screen goes dark: never terminated from here.
DISPLAY_SERVERS = ("Xorg", "X", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "sway", "weston", "mutter")


def leftovers(processes: list[Process]) -> list[Process]:
    """Workers without a server, and processes with a marker whose guardian and server have both exited."""
    by_pid = {process.pid: process for process in processes}
    spared, owned = lineage(os.getpid(), by_pid), guarded(processes) | served(processes)

    def is_leftover(process: Process) -> bool:
        if process.pid in spared or draws_screen(process.words):
            return False
        return process.marker not in owned if process.marker else is_worker(process) and is_orphan(process, by_pid)

    return [process for process in processes if is_leftover(process)]


def guarded(processes: Iterable[Process]) -> set[str]:
    """Markers of running panels: the guardian of each has the marker as its argument."""
    return {marker for process in processes for marker in process.after("guardian.py")}


def served(processes: Iterable[Process]) -> set[str]:
    """Markers of running servers of any checkout."""
    return {
        process.marker
        for process in processes
        if process.marker and any(os.path.basename(word) in ("server.py", "lbs.server") for word in process.words)
    }


def lineage(pid: int, by_pid: dict[int, Process]) -> set[int]:
    """A process and its ancestors: this tool does not terminate what runs it."""
    line: set[int] = set()
    while pid in by_pid and pid not in line:
        line.add(pid)
        pid = by_pid[pid].parent
    return line


def is_orphan(process: Process, by_pid: dict[int, Process]) -> bool:
    """Its server has exited, so its parent is init or the session manager, which are in other sessions. A worker that
    something else started, such as a test, belongs to that."""
    top = process
    for _ in by_pid:
        if top.parent not in by_pid or not is_worker(by_pid[top.parent]):
            break
        top = by_pid[top.parent]
    owner = by_pid.get(top.parent)
    return owner is None or owner.pid == 1 or (owner.session != top.session and not is_server(owner))


def is_of_another_panel(process: Process) -> bool:
    """Its data folder is not ours: another panel's, which may still need it."""
    return bool(process.home) and os.path.realpath(process.home) != os.path.realpath(str(data_folder()))


def draws_screen(words: list[str]) -> bool:
    return os.path.basename((words or [""])[0]) in DISPLAY_SERVERS
