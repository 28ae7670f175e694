"""The output: lines while it works, or one JSON object at the end."""

from __future__ import annotations

import json

from closed_pipe import print_on

from .common import CANNOT_TELL, DONE, NOT_CLEARED
from .smi import Gpu, Holder, mib_text


class Report:
    """`before` and `after`: used memory by GPU, None where nvidia-smi is unavailable."""

    def __init__(self, as_json: bool, dry_run: bool) -> None:
        self._as_json = as_json
        self.dry_run = dry_run
        self.before: list[Gpu] | None = None
        self.after: list[Gpu] | None = None
        self.actions: list[dict[str, object]] = []
        self.holders: list[dict[str, object]] = []
        self.problems: list[str] = []
        self._unavailable: list[str] = []

    def say(self, text: str) -> None:
        if not self._as_json:
            print_on(text)

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.say(text)

    def unavailable(self, text: str) -> None:
        """nvidia-smi failed: the clearing did not, but its result cannot be verified."""
        self._unavailable.append(text)
        self.say(text)

    def action(self, pid: int | None, name: str, what: str) -> None:
        self.actions.append({"pid": pid, "name": name, "did": what})
        self.say("{}{}: {}.".format(name, "" if pid is None else f" (pid {pid})", what))

    def show_before(self, gpus: list[Gpu]) -> None:
        self.before = gpus
        self._show("Before:", gpus)

    def show_after(self, gpus: list[Gpu]) -> None:
        self.after = gpus
        self._show("After:", gpus)
        if gpus:
            reclaimed = ", ".join(f"GPU {index}: {mib_text(mib)}" for index, mib in self.reclaimed().items())
            self.say("Reclaimed: " + reclaimed)

    def _show(self, title: str, gpus: list[Gpu]) -> None:
        self.say(title)
        for gpu in gpus:
            total = "the system RAM" if gpu.unified else mib_text(gpu.total)
            self.say(f"  GPU {gpu.ordinal}: {mib_text(gpu.used)} of {total} used  ({gpu.name})")

    def show_holder(self, holder: Holder, owner: str) -> None:
        self.holders.append({"pid": holder.pid, "name": holder.name, "mib": holder.mib, "whose": owner})
        self.say("  {:>8}  {:>10}  {:<16}  {}".format(holder.pid or "-", mib_text(holder.mib), owner, holder.name))

    def reclaimed(self) -> dict[str, int | None]:
        """MiB by GPU; 0 where other processes allocated more than was released."""
        before = {gpu.ordinal: gpu.used for gpu in self.before or []}
        reclaimed: dict[str, int | None] = {}
        for gpu in self.after or []:
            used_before = before.get(gpu.ordinal)
            reclaimed[str(gpu.ordinal)] = (
                None if used_before is None or gpu.used is None else max(0, used_before - gpu.used)
            )
        return reclaimed

    def code(self) -> int:
        return NOT_CLEARED if self.problems else CANNOT_TELL if self._unavailable else DONE

    def finish(self, code: int) -> int:
        """The exit code. With --json everything is printed here."""
        if self._as_json:
            result = {
                "before": used(self.before),
                "after": used(self.after),
                "reclaimed": self.reclaimed() if self.after is not None else None,
                "actions": self.actions,
                "holders": self.holders,
                "problems": self.problems + self._unavailable,
                "dry_run": self.dry_run,
                "exit_code": code,
            }
            print_on(json.dumps(result, indent=2))
        return code


def used(gpus: list[Gpu] | None) -> dict[str, int | None] | None:
    return None if gpus is None else {str(gpu.ordinal): gpu.used for gpu in gpus}
