"""The owner of a process, and whether it is our backend: from /proc on Linux, from ps elsewhere."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple

from .common import HERE
from .smi import number, printable

SERVER = os.path.join(HERE, "server.py")


class Process(NamedTuple):
    """One process of this user. `started`: its start time, unique with the pid; `session`: its session id; `marker` and
    `home`: from its environment, empty where unset."""

    pid: int
    started: str
    parent: int
    session: int
    words: list[str]
    folder: str
    marker: str
    home: str

    @property
    def name(self) -> str:
        return printable(" ".join(self.words)) or "a process without a name"

    def after(self, name: str) -> set[str]:
        """The words that follow one with this base name."""
        words = self.words
        return {words[at + 1] for at, word in enumerate(words[:-1]) if os.path.basename(word) == name}


def snapshot() -> list[Process]:
    """This user's processes by pid; empty without /proc."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc/self") else []
    processes = (process_of(pid) for pid in sorted(pids) if is_mine(pid))
    return [process for process in processes if process is not None]


def process_of(pid: int) -> Process | None:
    # The start time is read first: if the pid is reused meanwhile, that process is never signalled.
    fields = stat_of(pid)
    if not fields:
        return None
    environment = environment_of(pid)
    marker, home = environment.get("HEADROOM_MARKER", ""), environment.get("HEADROOM_HOME", "")
    return Process(pid, fields[19], int(fields[1]), int(fields[3]), words_of(pid), folder_of(pid), marker, home)


def environment_of(pid: int) -> dict[str, str]:
    """Empty where it cannot be read: a guardian is recognized by its command line alone."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            lines = file.read().decode("utf-8", "replace").split("\0")
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def folder_of(pid: int) -> str:
    """The working directory; the root where it cannot be read, which is never ours."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return os.sep


def stat_of(pid: int) -> list[str]:
    """Empty for a process that has exited, and for a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if len(fields) < 20 or fields[0] in "ZX" else fields


def words_of(pid: int) -> list[str]:
    """The command line; empty for a process that has exited, or where it cannot be read."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:
        return run_ps(pid, "command=").split()


def comm_of(pid: int) -> str:
    """The kernel's short name; empty where it cannot be read."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""


def executable_of(pid: int) -> str | None:
    """With symbolic links followed; None where it may not be read."""
    try:
        path = os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None
    return path[: -len(" (deleted)")] if path.endswith(" (deleted)") else path


def run_ps(pid: int, column: str) -> str:
    try:
        done = subprocess.run(["ps", "-o", column, "-p", str(pid)], stdout=subprocess.PIPE, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def owner_of(pid: int) -> int | None:
    try:
        return os.stat(f"/proc/{pid}").st_uid if os.path.isdir("/proc/self") else number(run_ps(pid, "uid="))
    except OSError:
        return None


def start_of(pid: int) -> str | None:
    """The start time, unique with the pid; None once it has exited."""
    if os.path.isdir("/proc/self"):
        fields = stat_of(pid)
        return fields[19] if fields else None
    return run_ps(pid, "lstart=") or None


def is_mine(pid: int) -> bool:
    return hasattr(os, "getuid") and owner_of(pid) == os.getuid()


def is_server(process: Process) -> bool:
    """A server of this checkout, started cold or from a warm parent."""
    if process.after("-m") & {"lbs.server"}:
        return os.path.realpath(process.folder) == HERE
    words = process.words
    if "python" not in os.path.basename((words or [""])[0]).lower():
        return False
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return bool(script) and os.path.realpath(os.path.join(process.folder, script)) == SERVER


def is_worker(process: Process) -> bool:
    """A worker of this checkout, or the fork server that workers come from."""
    return bool(process.after("-m") & {"lbs.worker", "lbs.forkserver"}) and os.path.realpath(process.folder) == HERE


def is_backend(process: Process) -> bool:
    return is_server(process) or is_worker(process)
