"""How much of the host's RAM this process may still take: what is free, or less where a control group says so. No torch.

In a container or a systemd slice it is the group's limit, not the machine's RAM, that wakes the kernel's killer.
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
class Names:
    """The files of one version of control groups. `cache`: lines of memory.stat, of the group and all below it; `kills`:
    the file that counts what the kernel killed for want of memory."""

    limit: str
    used: str
    cache: tuple[str, ...]
    kills: str


_V2 = Names("memory.max", "memory.current", ("inactive_file", "active_file"), "memory.events")
_V1 = Names(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"), "memory.oom_control"
)


def host_available(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int:
    """Bytes, 0 or more. `root`: where control groups are mounted; `membership`: names ours. Never fails: a group whose
    files cannot be read (none on macOS and Windows, none at a version 2 root) sets no limit."""
    free = int(psutil.virtual_memory().available)
    return max(0, min([free, *(_left(folder, names) for folder, names in groups(root, membership))]))


def groups(root: Path, membership: Path) -> Iterator[tuple[Path, Names]]:
    """Our group in each hierarchy that may count memory, and every one above it: each of them may have a limit."""
    try:
        lines = membership.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            # Beside version 1 it is mounted one folder deeper.
            mounts, names = [root, root / "unified"], _V2
        elif "memory" in controllers.split(","):
            mounts, names = [root / "memory"], _V1
        else:
            continue
        # A container may see its own group as the mount's root and yet be told its name outside: what is not there is
        # passed over. ".." is a group outside of what we can see.
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for mount in mounts:
            for depth in range(len(parts), -1, -1):
                yield mount.joinpath(*parts[:depth]), names


def _left(folder: Path, names: Names) -> int:
    """Bytes that the group may still take. Cached files count as used there, but give way before anybody is killed: a
    model that was just read would otherwise leave no room for itself."""
    limit, used = _number(folder / names.limit), _number(folder / names.used)
    if limit is None or used is None:
        return _NO_LIMIT
    return limit - max(0, used - _cache(folder, names))


def _number(file: Path) -> int | None:
    """None where there is no such file, or it says `max`."""
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _cache(folder: Path, names: Names) -> int:
    try:
        lines = [line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines()]
        return sum(int(line[1]) for line in lines if len(line) == 2 and line[0] in names.cache)
    except (OSError, ValueError):
        return 0
