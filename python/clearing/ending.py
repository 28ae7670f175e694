"""Ends one process of this user, and says why not where it will not."""

from __future__ import annotations

import os
import signal
import sys
import time

from .common import DONE, NOT_CLEARED, Refused
from .processes import identity_of, is_backend, is_mine, words_of
from .smi import Holder, holders, mib_text, printable

# The screen goes dark with these: never ended from here.
DISPLAY_SERVERS = ("Xorg", "X", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "sway", "weston", "mutter")


def kill(pid: int, yes: bool) -> int:
    """Ends one process of this user, after a confirmation; fails with Refused."""
    started, ours = identity_of(pid), is_backend(pid)
    on_gpu = next((holder for holder in holders_or_none() if holder.pid == pid), None)
    name = on_gpu.name if on_gpu else printable(" ".join(words_of(pid)))
    refuse_kill(pid, started, ours, on_gpu)
    question = "End {} (pid {}, {}{})?".format(
        name, pid, mib_text(on_gpu.mib if on_gpu else None), ", this backend" if ours else ""
    )
    if not yes:
        if not sys.stdin.isatty():
            raise Refused(question + " Nobody can confirm here: add --yes.")
        if input(question + " [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was ended.")
            return DONE
    for sign, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        # Asked again right before: while the person thought, the pid may have passed to another process.
        if identity_of(pid) == started:
            os.kill(pid, sign)
        if gone(pid, started, seconds):
            print(f"Ended {name} (pid {pid}).")
            return DONE
    print(f"Process {pid} does not end: it waits for the driver; restart the machine if it stays.")
    return NOT_CLEARED


def refuse_kill(pid: int, started: str | None, ours: bool, on_gpu: Holder | None) -> None:
    if not hasattr(os, "getuid"):
        raise Refused("--kill works on Linux and macOS: end the process in the Task Manager.")
    if started is None:
        raise Refused(f"There is no process {pid} here (nvidia-smi may tell another container's).")
    if not is_mine(pid):
        raise Refused(f"Process {pid} belongs to another user: ask them to end it.")
    if pid == os.getpid() or pid == os.getppid() or pid == 1:
        raise Refused(f"Process {pid} is what runs this tool: it is not ended from here.")
    program = os.path.basename((words_of(pid) or [""])[0])
    if program in DISPLAY_SERVERS:
        raise Refused(f"Process {pid} draws this screen ({program}): it is not ended from here.")
    if ours:
        return
    if on_gpu is None:
        raise Refused(f"Process {pid} holds no GPU memory: choose one of those that are listed.")
    # In a container nvidia-smi tells the host's pids: the same number may be somebody else in here.
    if os.path.basename((on_gpu.name.split() or [""])[0]) != program:
        raise Refused(
            "Process {} is {} here, but {} to nvidia-smi: it is another one of that number, in another "
            "container; end it there.".format(pid, program or "unnamed", on_gpu.name)
        )


def gone(pid: int, started: str | None, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while identity_of(pid) == started:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def holders_or_none() -> list[Holder]:
    try:
        return holders()
    except Refused:
        return []
