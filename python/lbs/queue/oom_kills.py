"""Whether the kernel killed for want of memory while a worker lived: told by its own counters, so that nobody guesses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lbs.memory.host import MEMBERSHIP, ROOT, groups

_VMSTAT = Path("/proc/vmstat")
_FACTS = {
    "control_group": "The kernel killed for want of memory: its control group had no more to give",
    # Of all groups together: whose memory it was, this counter does not tell.
    "machine": "The kernel killed for want of memory on this machine",
}
_ADVICE = "Lower the context lengths and try again."
_FREE_RAM = "Free some of the machine's RAM, or let less of the model go to the CPU, and try again."


class OomKills:
    """Made before the first worker; one worker begins where the last has ended. Counts nothing where there is no Linux."""

    def __init__(self, vmstat: Path = _VMSTAT, root: Path = ROOT, membership: Path = MEMBERSHIP) -> None:
        self._vmstat, self._root, self._membership = vmstat, root, membership
        self._before = self._counts()

    def since(self) -> dict[str, int]:
        """Kills since the last time, by where they are counted: `control_group` and `machine`, as far as each can be read."""
        before, self._before = self._before, self._counts()
        return {name: max(0, count - before[name]) for name, count in self._before.items() if name in before}

    def _counts(self) -> dict[str, int]:
        own = (_count(folder / names.kills) for folder, names in groups(self._root, self._membership))
        # The innermost that counts: ours.
        found = {"control_group": next((count for count in own if count is not None), None)}
        found["machine"] = _count(self._vmstat)
        return {name: count for name, count in found.items() if count is not None}


def _count(file: Path) -> int | None:
    """The line `oom_kill N`; None where there is no such file or line."""
    try:
        lines = [line.split() for line in file.read_text("ascii").splitlines()]
        return next((int(line[1]) for line in lines if len(line) == 2 and line[0] == "oom_kill"), None)
    except (OSError, ValueError):
        return None


def sentence_of(reason: str, kills: Mapping[str, int]) -> str:
    """What a run says whose worker died of `reason`; only of a SIGKILL the counters tell more."""
    went_on = "The run ended with it; the backend goes on."
    if "SIGKILL" not in reason or not kills:
        return f"{reason} {went_on} {_ADVICE}"
    for name, fact in _FACTS.items():
        if kills.get(name):
            return f"{reason} {fact} (its counter rose by {kills[name]} meanwhile). {went_on} {_FREE_RAM}"
    fact = "It was not the kernel for want of memory: its counter of such kills has not risen."
    return f"{reason} {fact} {went_on} Submit the run again."
