"""What was seen and done: in words while it happens, or as one JSON object at the end."""

from __future__ import annotations

import json

from .common import CANNOT_TELL, DONE, NOT_CLEARED
from .smi import Gpu, Holder, mib_text


class Report:
    """`before` and `after`: the GPUs' figures, None where nvidia-smi cannot tell them."""

    def __init__(self, as_json: bool, dry_run: bool) -> None:
        self._as_json = as_json
        self.dry_run = dry_run
        self.before: list[Gpu] | None = None
        self.after: list[Gpu] | None = None
        self.actions: list[dict[str, object]] = []
        self.holders: list[dict[str, object]] = []
        self.problems: list[str] = []
        self._unseen: list[str] = []

    def say(self, text: str) -> None:
        if not self._as_json:
            print(text, flush=True)

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.say(text)

    def cannot_tell(self, text: str) -> None:
        """nvidia-smi did not answer: that is not a failure of the clearing, but nobody can say that the memory is back."""
        self._unseen.append(text)
        self.say(text)

    def did(self, pid: int | None, name: str, what: str) -> None:
        self.actions.append({"pid": pid, "name": name, "did": what})
        self.say("{}{}: {}.".format(name, "" if pid is None else f" (pid {pid})", what))

    def saw_before(self, gpus: list[Gpu]) -> None:
        self.before = gpus
        self._figures("Before:", gpus)

    def saw_after(self, gpus: list[Gpu]) -> None:
        self.after = gpus
        self._figures("After:", gpus)
        if gpus:
            told = ", ".join(f"GPU {index}: {mib_text(mib)}" for index, mib in self.reclaimed().items())
            self.say("Reclaimed: " + told)

    def _figures(self, title: str, gpus: list[Gpu]) -> None:
        self.say(title)
        for gpu in gpus:
            self.say(f"  GPU {gpu.ordinal}: {mib_text(gpu.used)} of {mib_text(gpu.total)} used  ({gpu.name})")

    def saw_holder(self, holder: Holder, whose: str) -> None:
        self.holders.append({"pid": holder.pid, "name": holder.name, "mib": holder.mib, "whose": whose})
        self.say("  {:>8}  {:>10}  {:<16}  {}".format(holder.pid, mib_text(holder.mib), whose, holder.name))

    def reclaimed(self) -> dict[str, int | None]:
        """MiB by GPU; 0 where others took more meanwhile than came back."""
        held = {gpu.ordinal: gpu.used for gpu in self.before or []}
        found: dict[str, int | None] = {}
        for gpu in self.after or []:
            was = held.get(gpu.ordinal)
            found[str(gpu.ordinal)] = None if was is None or gpu.used is None else max(0, was - gpu.used)
        return found

    def code(self) -> int:
        return NOT_CLEARED if self.problems else CANNOT_TELL if self._unseen else DONE

    def finish(self, code: int) -> int:
        """The exit code; as JSON everything is printed here, and nothing before."""
        if self._as_json:
            told = {
                "before": used(self.before),
                "after": used(self.after),
                "reclaimed": self.reclaimed() if self.after is not None else None,
                "actions": self.actions,
                "holders": self.holders,
                "problems": self.problems + self._unseen,
                "dry_run": self.dry_run,
                "exit_code": code,
            }
            print(json.dumps(told, indent=2))
        return code


def used(gpus: list[Gpu] | None) -> dict[str, int | None] | None:
    return None if gpus is None else {str(gpu.ordinal): gpu.used for gpu in gpus}
