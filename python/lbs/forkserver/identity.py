"""What the rest of the machine sees of a forked process: /proc shows the memory in which its exec left arguments and
environment, so that a fork looks like its parent until that memory is written to."""

from __future__ import annotations

import ctypes
from pathlib import Path


class IdentityError(RuntimeError):
    """This process cannot be marked, so nobody may run in it: a guardian would not find it."""


def take_identity(marker: str, module: str) -> None:
    """From now on /proc/PID/environ holds HEADROOM_MARKER=`marker`, and /proc/PID/cmdline ends in -m `module`.

    The initial environment must hold a marker of the same length, the command line a longer module's name.
    Fails with an IdentityError.
    """
    (begin, end), environment = _areas()
    place, room = _after(environment, b"HEADROOM_MARKER=")
    if len(marker) != room:
        raise IdentityError(f"The marker has {len(marker)} letters, and there is room for {room}.")
    ctypes.memmove(place, marker.encode(), room)
    place, _ = _after((begin, end), b"-m\0")
    if len(module) >= end - place:
        raise IdentityError(f"There is no room for the name {module}.")
    # The words after it are the parent's: nothing is left of them.
    ctypes.memmove(place, module.encode().ljust(end - place, b"\0"), end - place)
    # What top shows: the main thread's name, 15 bytes.
    Path("/proc/self/comm").write_text(module[:15])


def _areas() -> tuple[tuple[int, int], tuple[int, int]]:
    """Begin and end of the arguments and of the environment, as addresses (fields 48 to 51 of proc_pid_stat(5))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin_arguments, end_arguments, begin_environment, end_environment = (int(field) for field in fields[45:49])
    return (begin_arguments, end_arguments), (begin_environment, end_environment)


def _after(area: tuple[int, int], before: bytes) -> tuple[int, int]:
    """The address of what follows the word that begins with `before`, and its length in bytes."""
    begin, end = area
    memory = b"\0" + ctypes.string_at(begin, end - begin)
    found = memory.find(b"\0" + before)
    if found < 0:
        raise IdentityError(f"There is no {before.decode()} in what this process was started with.")
    place = found + len(before)
    return begin + place, memory.index(b"\0", place + 1) - place - 1
