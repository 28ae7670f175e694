"""`--pid N`: one process of this user, after a question; or the sentence why not."""

from __future__ import annotations

import os
import sys

from .common import Refused
from .ending import Identity, end
from .leftovers import draws_screen, guarded
from .processes import identity_of, is_backend, is_mine, process_of, snapshot, words_of
from .report import Report
from .smi import Holder, holders, mib_text, printable


def end_one(pid: int, yes: bool, report: Report) -> list[int]:
    """The pids that were ended. Fails with Refused."""
    one, on_gpu = Identity(pid, identity_of(pid)), holder_of(pid)
    ours = is_ours(pid)
    refuse(one, ours, on_gpu)
    name = on_gpu.name if on_gpu else printable(" ".join(words_of(pid)))
    if report.dry_run:
        report.did(pid, name, "would be ended")
        return []
    question = "End {} (pid {}, of {}, {}{})?".format(
        name, pid, user_name(), mib_text(on_gpu.mib if on_gpu else None), ", this backend" if ours else ""
    )
    if not (yes or agreed(question)):
        report.did(pid, name, "left alone")
        return []
    if end([one]):
        report.problem(f"Process {pid} does not end: it waits for the driver; restart the machine if it stays.")
        return []
    report.did(pid, name, "ended")
    return [pid]


def agreed(question: str) -> bool:
    if not sys.stdin or not sys.stdin.isatty():
        raise Refused(question + " Nobody can confirm here: add --yes.")
    # Not on stdout, which is for what was done.
    sys.stderr.write(question + " [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def is_ours(pid: int) -> bool:
    process = process_of(pid)
    return process is not None and is_backend(process)


def refuse(one: Identity, ours: bool, on_gpu: Holder | None) -> None:
    pid = one.pid
    if not hasattr(os, "getuid"):
        raise Refused("--pid works on Linux and macOS: end the process in the Task Manager.")
    if one.started is None:
        raise Refused(f"There is no process {pid} here (nvidia-smi may tell another container's).")
    if not is_mine(pid):
        raise Refused(f"Process {pid} belongs to another user: ask them to end it.")
    if pid == os.getpid() or pid == os.getppid() or pid == 1:
        raise Refused(f"Process {pid} is what runs this tool: it is not ended from here.")
    words = words_of(pid)
    program = os.path.basename((words or [""])[0])
    if draws_screen(words):
        raise Refused(f"Process {pid} draws this screen ({program}): it is not ended from here.")
    process = process_of(pid)
    if process is not None and process.marker and process.marker in guarded(snapshot()):
        raise Refused(f"Process {pid} is the backend of a running panel: use the panel's button Stop.")
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


def holder_of(pid: int) -> Holder | None:
    try:
        return next((holder for holder in holders() if holder.pid == pid), None)
    except Refused:
        return None


def user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # A container may run under a number that has no name.
        return f"user {os.getuid()}"
