"""Starts the server in this terminal from a warm parent, from nothing where there is none: `python -I -S start_warm.py`.

It hands its own stdin, stdout and stderr to the parent that HEADROOM_SERVER_FORKSERVER names (lbs/forkserver), which
forks a server upon them; then it passes signals on, waits, and ends as the server ended. Standard library only, and
little of it: a person waits for this. POSIX only.
"""

import json
import os
import signal
import socket
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP")
PATIENCE = 2.0


def ask(path: str) -> "tuple[socket.socket, int] | None":
    """The line to the parent and the server's pid; None where a server has to be started from nothing."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    try:
        line.connect(path)
        asked = {"python": os.path.realpath(sys.executable), "env": dict(os.environ), "folder": HERE}
        text = json.dumps(asked).encode() + b"\n"
        # One byte carries the descriptors.
        socket.send_fds(line, [text[:1]], [0, 1, 2])
        line.sendall(text[1:])
        told = hear(line)
    except OSError:
        return None
    return (line, told["pid"]) if told and "pid" in told else None


def hear(line: socket.socket) -> "dict[str, int] | None":
    """The next message; None where the parent is gone."""
    text = b""
    while not text.endswith(b"\n"):
        more = line.recv(4096)
        if not more:
            return None
        text += more
    told: dict[str, int] = json.loads(text)
    return told


def wait(line: socket.socket, pid: int) -> "int | None":
    """How the server ended; None where its parent went before it, so that nobody saw that."""
    line.settimeout(None)
    told = hear(line)
    if told:
        return told["exit"]
    while is_there(pid):
        time.sleep(0.1)
    return None


def is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            # Another process may have got the number: ours carries our marker.
            return ("HEADROOM_MARKER=" + os.environ["HEADROOM_MARKER"]).encode() in file.read().split(b"\0")
    except OSError:
        return False


def end_as(code: "int | None") -> int:
    if code is None:
        sys.stderr.write("headroom: the server ended, and its parent before it, so nobody saw how.\n")
        return 1
    if code >= 0:
        return code
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def main() -> int:
    found = ask(os.environ.get("HEADROOM_SERVER_FORKSERVER", ""))
    if found is None:
        os.execv(sys.executable, [sys.executable, "-u", os.path.join(HERE, "server.py")])
    line, pid = found
    for name in FORWARDED:
        # Through the parent, who knows that the pid is still its child's.
        signal.signal(getattr(signal, name), lambda number, _: line.sendall(b"%d\n" % number))
    return end_as(wait(line, pid))


if __name__ == "__main__":
    sys.exit(main())
