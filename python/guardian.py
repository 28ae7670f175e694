"""Kills every process of one backend start when the panel exits: `python -I -S guardian.py MARKER`, stdin a pipe.

The panel starts it before the backend, in a session of its own. When its stdin ends, because the panel closed the pipe
or was killed, it sends SIGKILL to every process with HEADROOM_MARKER=MARKER in its environment, whatever process group
or session that process is in. Exit code 0: none survived; 1: stdout has the pid of each survivor, one per line.
Standard library only.
"""

import os
import signal
import sys
import time

SCAN_PAUSE = 0.005
GIVE_UP_AFTER = 10.0
# Two in a row: the second scan finds a process that was forked during the first.
EMPTY_SCANS = 2


def carriers(entry: bytes) -> "list[int]":
    """Pids of processes with `entry` in their environment; from /proc on Linux, elsewhere from psutil if installed."""
    if os.path.isdir("/proc/self"):
        pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in pids if pid not in (1, os.getpid()) and entry in environment(pid) and not is_dead(pid)]
    return carriers_by_psutil(entry)


def environment(pid: int) -> "list[bytes]":
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        # It exited meanwhile, or is another user's.
        return []


def is_dead(pid: int) -> bool:
    """A zombie holds no resources, and cannot be killed again."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


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


def kill(pid: int, entry: bytes) -> None:
    """Kills it if it still has `entry`; never a process that took over the pid meanwhile."""
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            return
        handle = os.pidfd_open(pid)
        try:
            # The handle stays with one process: the environment read after opening it is of that process.
            if entry in environment(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
    except OSError:
        # Exited between the check and the signal.
        return


def kill_all(entry: bytes) -> "list[int]":
    """Kills until two scans in a row find nothing; returns the survivors after 10 s."""
    empty = 0
    deadline = time.monotonic() + GIVE_UP_AFTER
    while True:
        found = carriers(entry)
        empty = 0 if found else empty + 1
        if empty == EMPTY_SCANS:
            return []
        if found and time.monotonic() > deadline:
            return found
        for pid in found:
            kill(pid, entry)
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
    survivors = kill_all(b"HEADROOM_MARKER=" + sys.argv[1].encode())
    for pid in survivors:
        sys.stdout.write(f"{pid}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
