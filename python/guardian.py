"""Kills every process of one backend start when the panel exits: `python -I -S guardian.py MARKER`, stdin a pipe.

The panel starts it before the backend, in a session of its own. When its stdin ends, because the panel closed the pipe
or was killed, it sends SIGKILL to every process with HEADROOM_MARKER=MARKER in its environment, whatever process group
or session that process is in, and on Linux to the descendants of those, whatever their environment. The launcher goes
last: it inherits and kills what loses its parent meanwhile. Exit code 0: none survived; 1: stdout has the pid of each
survivor, one per line; 3: stdout says why it cannot list processes. Standard library only.
"""

import os
import signal
import sys
import time

SCAN_PAUSE = 0.005
GIVE_UP_AFTER = 10.0
CANNOT_LIST = 3
# Two in a row: the second scan finds a process that was forked during the first.
EMPTY_SCANS = 2
# The launcher exits by itself once nothing of the backend is left, unless a signal has stopped it.
LAUNCHER_SECONDS = 1.0
LAUNCHER = b"launcher.py"
MARKER = b"HEADROOM_MARKER="


def members(entry: bytes) -> "dict[int, str]":
    """The start times of the processes with `entry` and of their descendants, by pid; without those of other starts.

    From /proc on Linux; elsewhere from psutil if installed, and without descendants.
    """
    if not os.path.isdir("/proc/self"):
        return {pid: "" for pid in carriers_by_psutil(entry)}
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    table = {pid: status for pid in pids if (status := status_of(pid)) and pid not in (1, os.getpid())}
    marks = {pid: [one for one in environment(pid) if one.startswith(MARKER)] for pid in table}
    found = {pid for pid in table if entry in marks[pid]}
    fresh = found
    while fresh:
        # A process with another marker belongs to another start, such as a server to that of its warm parent.
        fresh = {pid for pid in table if table[pid][0] in fresh and pid not in found and not marks[pid]}
        found = found | fresh
    return {pid: table[pid][1] for pid in found}


def environment(pid: int) -> "list[bytes]":
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        # It exited meanwhile, or is another user's.
        return []


def status_of(pid: int) -> "tuple[int, str] | None":
    """Its parent and its start time; None for a zombie, which holds no resources and cannot be killed again."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else (int(fields[1]), fields[19].decode())


def is_launcher(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return any(word.endswith(LAUNCHER) for word in file.read().split(b"\0"))
    except OSError:
        return False


def carriers_by_psutil(entry: bytes) -> "list[int]":
    # -S left out site-packages, which psutil is in.
    import site

    site.main()
    import psutil

    name, _, value = entry.decode().partition("=")
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def kill(pid: int, started: str) -> None:
    """Kills it if it still is the process that `started` then; never one that took over the pid meanwhile."""
    handle = None
    try:
        if hasattr(os, "pidfd_open"):
            try:
                # The handle stays with one process: the start time read after opening it is of that process.
                handle = os.pidfd_open(pid)
            except ProcessLookupError:
                return
            except OSError:
                # A kernel before 5.3, or a sandbox that forbids the call.
                handle = None
        status = status_of(pid) if started else None
        if started and (status is None or status[1] != started):
            return
        if handle is None:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        else:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        # Exited between the check and the signal.
        return
    finally:
        if handle is not None:
            os.close(handle)


def kill_all(entry: bytes) -> "list[int]":
    """Kills until two scans in a row find nothing; returns the survivors after 10 s."""
    empty = 0
    began = alone = time.monotonic()
    while True:
        found = members(entry)
        empty = 0 if found else empty + 1
        if empty == EMPTY_SCANS:
            return []
        now = time.monotonic()
        if found and now - began > GIVE_UP_AFTER:
            return sorted(found)
        launchers = {pid for pid in found if is_launcher(pid)}
        if len(launchers) < len(found):
            alone = now
        for pid, started in found.items():
            if pid not in launchers or now - alone > LAUNCHER_SECONDS:
                kill(pid, started)
        time.sleep(SCAN_PAUSE)


def wait_for_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass


def main() -> int:
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.stderr.write("usage: guardian.py MARKER, with a pipe as stdin\n")
        return 2
    for name in ("SIGHUP", "SIGINT", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    wait_for_end_of_stdin()
    try:
        survivors = kill_all(MARKER + sys.argv[1].encode())
    except Exception as error:
        # No process list: without /proc, or without psutil where there is none.
        sys.stdout.write(" ".join(f"{type(error).__name__}: {error}".split()) + "\n")
        return CANNOT_LIST
    for pid in survivors:
        sys.stdout.write(f"{pid}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
