"""Whose is a process, and is it our backend? From /proc on Linux, from ps elsewhere."""

from __future__ import annotations

import os
import subprocess

from .common import HERE
from .smi import number

SERVER = os.path.join(HERE, "server.py")


def words_of(pid: int) -> list[str]:
    """The command line; empty for one that is gone or where the system does not show it."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:
        return run_ps(pid, "command=").split()


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


def identity_of(pid: int) -> str | None:
    """With the pid, what no later process shares: its start. None once it is gone, or dead and not yet collected."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return None if os.path.isdir("/proc/self") else run_ps(pid, "lstart=") or None


def is_mine(pid: int) -> bool:
    return hasattr(os, "getuid") and owner_of(pid) == os.getuid()


def is_backend(pid: int) -> bool:
    """Is this a server or a worker of this very checkout?"""
    words = words_of(pid)
    try:
        folder = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        folder = HERE
    if "lbs.worker" in words[1:] and words[words.index("lbs.worker") - 1] == "-m":
        return os.path.realpath(folder) == HERE
    if not words or "python" not in os.path.basename(words[0]).lower():
        return False
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return bool(script) and os.path.realpath(os.path.join(folder, script)) == SERVER


def backends() -> list[int]:
    """Our own backend's processes, of this user; only where /proc tells."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc/self") else []
    return sorted(pid for pid in pids if pid != os.getpid() and is_mine(pid) and is_backend(pid))
