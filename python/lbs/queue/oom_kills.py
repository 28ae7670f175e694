"""Whether the kernel's OOM killer acted while a worker lived, by the kernel's own counters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from lbs.memory.host import MEMBERSHIP, ROOT, groups
from lbs.sentences import Sentence, say

_VMSTAT = Path("/proc/vmstat")

Scope: TypeAlias = Literal["control_group", "machine"]


class OomKills:
    """Made before the first worker; each worker's interval begins where the last one's ended. Counts nothing outside Linux."""

    def __init__(self, vmstat: Path = _VMSTAT, root: Path = ROOT, membership: Path = MEMBERSHIP) -> None:
        self._vmstat, self._root, self._membership = vmstat, root, membership
        self._before = self._counts()

    def since(self) -> dict[Scope, int]:
        """Kills since the last call, in our control group and on the whole machine, where each can be read."""
        before, self._before = self._before, self._counts()
        return {scope: max(0, count - before[scope]) for scope, count in self._before.items() if scope in before}

    def _counts(self) -> dict[Scope, int]:
        own = (_count(folder / names.kills) for folder, names in groups(self._root, self._membership))
        counts: dict[Scope, int | None] = {
            # The innermost group that counts is ours.
            "control_group": next((count for count in own if count is not None), None),
            "machine": _count(self._vmstat),
        }
        return {scope: count for scope, count in counts.items() if count is not None}


def _count(file: Path) -> int | None:
    """The line `oom_kill N`; None where there is no such file or line."""
    try:
        lines = [line.split() for line in file.read_text("ascii").splitlines()]
        return next((int(line[1]) for line in lines if len(line) == 2 and line[0] == "oom_kill"), None)
    except (OSError, ValueError):
        return None


def worker_died(reason: Sentence, kills: Mapping[Scope, int]) -> Sentence:
    """The error of a run whose worker died; the counters explain only a SIGKILL."""
    if "SIGKILL" not in reason.text or not kills:
        return say("queue.worker_died", reason=reason)
    if in_group := kills.get("control_group"):
        return say("queue.killed_in_group", reason=reason, kills=in_group)
    if on_machine := kills.get("machine"):
        return say("queue.killed_on_machine", reason=reason, kills=on_machine)
    return say("queue.not_killed_for_memory", reason=reason)
