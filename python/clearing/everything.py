"""Without `--pid`: ends what is left of our backend, asks the one that runs, and says who else holds memory."""

from __future__ import annotations

from .backend import clear_backend
from .ending import Identity, end
from .leftovers import guarded, is_of_another_panel, leftovers
from .processes import Process, is_backend, is_mine, snapshot
from .report import Report
from .smi import holders

_ROUNDS = 3


def clear_all(report: Report) -> tuple[list[int], bool]:
    """The pids that were ended, and whether a backend let something go."""
    ended = end_leftovers(report)
    return ended, clear_backend(report)


def end_leftovers(report: Report) -> list[int]:
    met: set[Identity] = set()
    ended: list[int] = []
    # Again until there is no new one: what forks while it is looked at is seen the next time.
    for _ in range(_ROUNDS):
        fresh = [process for process in leftovers(snapshot()) if identity(process) not in met]
        if not fresh:
            break
        met |= {identity(process) for process in fresh}
        ours = [process for process in fresh if not is_of_another_panel(process)]
        for process in fresh:
            if process not in ours:
                report.did(process.pid, process.name, f"left alone: run this with HEADROOM_HOME={process.home}")
        ended += end_these(ours, report)
    return ended


def end_these(those: list[Process], report: Report) -> list[int]:
    if report.dry_run:
        for process in those:
            report.did(process.pid, process.name, "would be ended, its owner is gone")
        return []
    for process in those:
        report.say(f"Ending {process.name} (pid {process.pid}), whose owner is gone ...")
    stay = {one.pid for one in end([identity(process) for process in those])}
    for process in those:
        if process.pid in stay:
            report.did(process.pid, process.name, "does not end")
            report.problem(f"Process {process.pid} waits for the driver: restart the machine if it stays.")
        else:
            report.did(process.pid, process.name, "ended, its owner is gone")
    return [process.pid for process in those if process.pid not in stay]


def identity(process: Process) -> Identity:
    return Identity(process.pid, process.started)


def list_holders(report: Report) -> None:
    """Fails with Refused."""
    found = holders()
    if not found:
        report.say("No process holds GPU memory that nvidia-smi tells of.")
        return
    report.say("On the GPUs now:")
    mine = snapshot()
    ours = {process.pid: "the panel's" if is_panels(process, mine) else "this backend" for process in backends(mine)}
    for holder in found:
        report.saw_holder(holder, ours.get(holder.pid) or ("yours" if is_mine(holder.pid) else "another user's"))
    if any(is_mine(holder.pid) for holder in found):
        report.say("To end one of yours: python clear_gpu_memory.py --pid N (the panel's own: its button Stop).")


def list_backends(report: Report) -> None:
    """Also where nvidia-smi shows nothing of them: a worker keeps its CUDA context until it ends."""
    mine = snapshot()
    for process in backends(mine):
        panels = " (of the running panel: its own buttons clear and stop it)" if is_panels(process, mine) else ""
        report.say(f"Running from this folder: pid {process.pid}  {process.name}{panels}")


def backends(mine: list[Process]) -> list[Process]:
    return [process for process in mine if is_backend(process)]


def is_panels(process: Process, mine: list[Process]) -> bool:
    return bool(process.marker) and process.marker in guarded(mine)
