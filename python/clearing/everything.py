"""Without `--pid`: terminates leftovers, clears the running backend, and lists the other processes on the GPUs."""

from __future__ import annotations

from .backend import clear_backend
from .leftovers import guarded, is_of_another_panel, leftovers
from .processes import Process, is_backend, is_mine, snapshot, start_of
from .report import Report
from .same_program import names_other_process
from .smi import Holder, holders
from .terminate import Identity, terminate

_ROUNDS = 3
YOURS = "yours"


def clear_all(report: Report) -> tuple[list[int], bool]:
    """The pids that were terminated, and whether a backend released something."""
    return terminate_leftovers(report), clear_backend(report)


def terminate_leftovers(report: Report) -> list[int]:
    handled: set[Identity] = set()
    terminated: list[int] = []
    # Until there is no new one: a process may fork while the snapshot is taken.
    for _ in range(_ROUNDS):
        fresh = [process for process in leftovers(snapshot()) if identity(process) not in handled]
        if not fresh:
            break
        handled |= {identity(process) for process in fresh}
        ours = [process for process in fresh if not is_of_another_panel(process)]
        for process in fresh:
            if process not in ours:
                report.action(process.pid, process.name, f"left alone: run this with HEADROOM_HOME={process.home}")
        terminated += terminate_all(ours, report)
    return terminated


def terminate_all(processes: list[Process], report: Report) -> list[int]:
    if report.dry_run:
        for process in processes:
            report.action(process.pid, process.name, "would be terminated, its owner has exited")
        return []
    for process in processes:
        report.say(f"Terminating {process.name} (pid {process.pid}), whose owner has exited ...")
    survivors = {survivor.pid for survivor in terminate([identity(process) for process in processes])}
    for process in processes:
        if process.pid in survivors:
            report.action(process.pid, process.name, "does not exit")
            report.problem(f"Process {process.pid} waits for the driver: restart the machine if it stays.")
        else:
            report.action(process.pid, process.name, "terminated, its owner has exited")
    return [process.pid for process in processes if process.pid not in survivors]


def identity(process: Process) -> Identity:
    return Identity(process.pid, process.started)


def list_holders(report: Report) -> None:
    """Raises Refused."""
    found = holders()
    if not found:
        report.say("nvidia-smi lists no process with GPU memory.")
        return
    report.say("Processes on the GPUs:")
    mine = snapshot()
    ours = {process.pid: "the panel's" if is_panels(process, mine) else "this backend" for process in backends(mine)}
    owners = {holder: owner_text(holder, ours) for holder in found}
    for holder, owner in owners.items():
        report.show_holder(holder, owner)
    if YOURS in owners.values():
        report.say(
            "To terminate one of yours: python clear_gpu_memory.py --pid N (for the panel's own, use its Stop button)."
        )


def owner_text(holder: Holder, ours: dict[int, str]) -> str:
    """`ours`: what this backend's processes are, by pid."""
    pid = holder.pid
    if start_of(pid) is None:
        return "not visible here"
    if names_other_process(holder.name, pid):
        return "elsewhere"
    if pid in ours:
        return ours[pid]
    if holder.name.startswith("["):
        return "unidentified"
    return YOURS if is_mine(pid) else "another user's"


def list_backends(report: Report) -> None:
    """Also those that nvidia-smi does not list."""
    mine = snapshot()
    for process in backends(mine):
        panels = " (of the running panel, which has buttons to clear and stop it)" if is_panels(process, mine) else ""
        report.say(f"Running from this folder: pid {process.pid}  {process.name}{panels}")


def backends(mine: list[Process]) -> list[Process]:
    return [process for process in mine if is_backend(process)]


def is_panels(process: Process, mine: list[Process]) -> bool:
    return bool(process.marker) and process.marker in guarded(mine)
