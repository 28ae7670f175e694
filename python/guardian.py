"""Sees to it that nothing of one backend start outlives the panel: `python -I -S guardian.py MARKER`, stdin a pipe.

It is started before the backend, in a session of its own. When its stdin ends, because the panel closed the pipe or
was killed, it sends SIGKILL to every process whose environment carries HEADROOM_MARKER=MARKER, whatever group or
session that process has moved to. Exit code 0: nothing is left; 1: a line for each survivor on stdout. Standard
library only.
"""

import os
import signal
import sys
import time

SCAN_PAUSE = 0.005
GIVE_UP_AFTER = 10.0
# Two in a row: a process that forked while one scan passed it by is seen by the next.
EMPTY_SCANS = 2


def carriers(entry: bytes) -> "list[int]":
    """The pids whose environment holds `entry`; on Linux from /proc, elsewhere from psutil where it is there."""
    if os.path.isdir("/proc/self"):
        pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in pids if pid not in (1, os.getpid()) and entry in environment(pid) and not is_dead(pid)]
    return carriers_by_psutil(entry)


def environment(pid: int) -> "list[bytes]":
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        # Gone meanwhile, or another user's: not ours in either case.
        return []


def is_dead(pid: int) -> bool:
    """A zombie holds nothing any more, and cannot be killed again."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def carriers_by_psutil(entry: bytes) -> "list[int]":
    # -S left out site-packages; where the platform has no /proc they are needed after all.
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
    """Ends it if it still carries `entry`; a process that has got its number meanwhile is never signalled."""
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            return
        handle = os.pidfd_open(pid)
        try:
            # The handle is of one process for ever: what is seen after it was opened is told of that one, or of none.
            if entry in environment(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
    except OSError:
        # Gone between the look and the shot.
        return


def end_all(entry: bytes) -> "list[int]":
    """Kills until nothing is found twice in a row; what is left after 10 s is returned."""
    empty = 0
    end = time.monotonic() + GIVE_UP_AFTER
    while True:
        found = carriers(entry)
        empty = 0 if found else empty + 1
        if empty == EMPTY_SCANS:
            return []
        if found and time.monotonic() > end:
            return found
        for pid in found:
            kill(pid, entry)
        time.sleep(SCAN_PAUSE)


def wait_for_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass


def main() -> int:
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.stderr.write("usage: guardian.py MARKER, with a pipe as standard input\n")
        return 2
    for name in ("SIGHUP", "SIGINT", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    wait_for_end_of_stdin()
    survivors = end_all(b"HEADROOM_MARKER=" + sys.argv[1].encode())
    for pid in survivors:
        sys.stdout.write(f"{pid}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
