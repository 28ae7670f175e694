"""`--pid N`: terminates one process of this user after confirmation, or says why not."""

from __future__ import annotations

import os
import sys

from .common import Refused
from .leftovers import draws_screen, guarded
from .processes import is_backend, is_mine, process_of, snapshot, start_of, words_of
from .report import Report
from .same_program import fits_process
from .smi import Holder, holders, mib_text, printable
from .terminate import Identity, terminate


def terminate_one(pid: int, yes: bool, report: Report) -> list[int]:
    """The pids that were terminated. Raises Refused."""
    process, on_gpu = Identity(pid, start_of(pid)), holder_of(pid)
    ours = is_ours(pid)
    refuse(process, ours, on_gpu)
    name = on_gpu.name if on_gpu else printable(" ".join(words_of(pid)))
    if report.dry_run:
        report.action(pid, name, "would be terminated")
        return []
    question = "Terminate {} (pid {}, of {}, {}{})?".format(
        name, pid, user_name(), mib_text(on_gpu.mib if on_gpu else None), ", this backend" if ours else ""
    )
    if not (yes or confirmed(question)):
        report.action(pid, name, "left alone")
        return []
    if terminate([process]):
        report.problem(f"Process {pid} does not exit: it waits for the driver. Restart the machine if it stays.")
        return []
    report.action(pid, name, "terminated")
    return [pid]


def confirmed(question: str) -> bool:
    if not sys.stdin or not sys.stdin.isatty():
        raise Refused(question + " There is no terminal to confirm in: add --yes.")
    # Not on stdout, which is for the results.
    sys.stderr.write(question + " [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def is_ours(pid: int) -> bool:
    process = process_of(pid)
    return process is not None and is_backend(process)


def refuse(target: Identity, ours: bool, on_gpu: Holder | None) -> None:
    pid = target.pid
    if not hasattr(os, "getuid"):
        raise Refused("--pid works on Linux and macOS: end the process in the Task Manager.")
    if target.started is None:
        raise Refused(f"There is no process {pid} here (nvidia-smi may list pids of another container).")
    if not is_mine(pid):
        raise Refused(f"Process {pid} belongs to another user: ask them to stop it.")
    if pid == os.getpid() or pid == os.getppid() or pid <= 1:
        raise Refused(f"Process {pid} runs this tool: it is not terminated from here.")
    words = words_of(pid)
    program = os.path.basename((words or [""])[0])
    if draws_screen(words):
        raise Refused(f"Process {pid} draws this screen ({program}): it is not terminated from here.")
    process = process_of(pid)
    if process is not None and process.marker and process.marker in guarded(snapshot()):
        raise Refused(f"Process {pid} is the backend of a running panel: use the panel's button Stop.")
    if on_gpu is None and not ours:
        raise Refused(f"Process {pid} holds no GPU memory: choose one of the listed processes.")
    if on_gpu is not None and not may_be(pid, on_gpu.name, ours):
        raise Refused(
            "Process {} is {} here, but {} to nvidia-smi: that is a process with the same pid in another "
            "container; terminate it there.".format(pid, program or "unnamed", on_gpu.name)
        )


def may_be(pid: int, name: str, ours: bool) -> bool:
    """Whether nvidia-smi means the process with this pid here: one that it does not name must be ours."""
    same = fits_process(name, pid)
    return ours if same is None else same


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
        # A container may run as a user without a name.
        return f"user {os.getuid()}"
