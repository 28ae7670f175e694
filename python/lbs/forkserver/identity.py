"""How other processes see a fork: /proc shows the memory where exec put arguments and environment, so a fork looks like its
parent until that memory is overwritten."""

from __future__ import annotations

import ctypes
from pathlib import Path


class IdentityError(RuntimeError):
    """This process cannot carry the marker, so it must not run: the guardian would not find it."""


def take_identity(marker: str, module: str) -> None:
    """From now on /proc/PID/environ holds HEADROOM_MARKER=`marker`, and /proc/PID/cmdline ends in -m `module`.

    The initial environment must have a marker of the same length, the command line a longer module name.
    Raises IdentityError.
    """
    (begin, end), environment = _areas()
    address, room = _after(environment, b"HEADROOM_MARKER=")
    if len(marker) != room:
        raise IdentityError(f"The marker has {len(marker)} characters, but there is room for {room}.")
    ctypes.memmove(address, marker.encode(), room)
    address, _ = _after((begin, end), b"-m\0")
    if len(module) >= end - address:
        raise IdentityError(f"There is no room for the name {module}.")
    # Overwrites the parent's remaining arguments, too.
    ctypes.memmove(address, module.encode().ljust(end - address, b"\0"), end - address)
    # The main thread's name, which top shows: 15 bytes.
    Path("/proc/self/comm").write_text(module[:15])


def _areas() -> tuple[tuple[int, int], tuple[int, int]]:
    """Begin and end of the arguments and of the environment, as addresses (fields 48 to 51 of proc_pid_stat(5))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin_arguments, end_arguments, begin_environment, end_environment = (int(field) for field in fields[45:49])
    return (begin_arguments, end_arguments), (begin_environment, end_environment)


def _after(area: tuple[int, int], before: bytes) -> tuple[int, int]:
    """The address after the word that begins with `before`, and the rest of that word in bytes."""
    begin, end = area
    memory = b"\0" + ctypes.string_at(begin, end - begin)
    found = memory.find(b"\0" + before)
    if found < 0:
        raise IdentityError(f"This process was started without {before.decode()}.")
    place = found + len(before)
    return begin + place, memory.index(b"\0", place + 1) - place - 1
