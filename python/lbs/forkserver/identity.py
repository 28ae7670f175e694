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
    arguments, environment = _areas()
    _overwrite(environment, b"HEADROOM_MARKER=", marker.encode())
    _overwrite(arguments, b"-m\0", module.encode(), rest=b"\0")
    # What top shows: the main thread's name, 15 bytes.
    Path("/proc/self/comm").write_text(module[:15])


def _areas() -> tuple[tuple[int, int], tuple[int, int]]:
    """Begin and end of the arguments and of the environment, as addresses (fields 48 to 51 of proc_pid_stat(5))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin_arguments, end_arguments, begin_environment, end_environment = (int(field) for field in fields[45:49])
    return (begin_arguments, end_arguments), (begin_environment, end_environment)


def _overwrite(area: tuple[int, int], before: bytes, value: bytes, rest: bytes | None = None) -> None:
    """Puts `value` in the place of what follows `before`, up to its end; what is left of it is filled with `rest`."""
    begin, end = area
    memory = b"\0" + ctypes.string_at(begin, end - begin)
    place = memory.find(b"\0" + before)
    if place < 0:
        raise IdentityError(f"There is no {before.decode()} in what this process was started with.")
    place += len(before)
    room = memory.index(b"\0", place + 1) - place - 1
    if len(value) > room or (rest is None and len(value) != room):
        raise IdentityError(f"{before.decode()} has room for {room} bytes, not {len(value)}.")
    ctypes.memmove(begin + place, value + (rest or b"") * (room - len(value)), room)
