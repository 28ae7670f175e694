"""How much system RAM this process may still use: what is available, or less where a control group limits it. No torch.

In a container or a systemd slice the kernel's OOM killer acts on the group's limit, not on the RAM of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_NO_LIMIT = 1 << 62
ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class GroupFiles:
    """The files of one version of control groups. `cache`: lines of memory.stat that count cached files; `kills`: the file
    that counts OOM kills."""

    limit: str
    used: str
    cache: tuple[str, ...]
    kills: str


_V2 = GroupFiles("memory.max", "memory.current", ("inactive_file", "active_file"), "memory.events")
_V1 = GroupFiles(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"), "memory.oom_control"
)


def host_available(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int:
    """Bytes, 0 or more. `root`: where control groups are mounted; `membership`: the file that names ours. A group whose
    files cannot be read sets no limit: macOS and Windows have none, nor has the root of version 2."""
    available = int(psutil.virtual_memory().available)
    return max(0, min([available, *(_left(folder, files) for folder, files in groups(root, membership))]))


def host_total(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int:
    """Bytes of RAM, or of the tightest control group, as the panel shows it (electron/core/host/memory.ts)."""
    total = int(psutil.virtual_memory().total)
    rooms = ((_number(folder / files.limit), folder / files.used) for folder, files in groups(root, membership))
    return min([total, *(limit for limit, used in rooms if limit is not None and _number(used) is not None)])


def groups(root: Path, membership: Path) -> Iterator[tuple[Path, GroupFiles]]:
    """Our group in each hierarchy that may count memory, and its ancestors: each of them may have a limit."""
    try:
        lines = membership.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            # Next to version 1 it is mounted one folder deeper.
            mounts, files = [root, root / "unified"], _V2
        elif "memory" in controllers.split(","):
            mounts, files = [root / "memory"], _V1
        else:
            continue
        # A container may see its group as the mount's root under the name that it has outside: missing folders are skipped.
        # ".." is a group outside of what we can see.
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for mount in mounts:
            for depth in range(len(parts), -1, -1):
                yield mount.joinpath(*parts[:depth]), files


def _left(folder: Path, files: GroupFiles) -> int:
    """Bytes that the group may still use. Cached files count as used there, but the kernel drops them before it kills: a
    model that was just read would otherwise leave no room for itself."""
    limit, used = _number(folder / files.limit), _number(folder / files.used)
    if limit is None or used is None:
        return _NO_LIMIT
    return limit - max(0, used - _cache(folder, files))


def _number(file: Path) -> int | None:
    """None where the file is missing, or says `max`."""
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _cache(folder: Path, files: GroupFiles) -> int:
    try:
        lines = [line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines()]
        return sum(int(line[1]) for line in lines if len(line) == 2 and line[0] in files.cache)
    except (OSError, ValueError):
        return 0
