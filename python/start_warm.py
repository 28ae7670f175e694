"""Starts the server in this terminal from the warm parent, or cold without one: `python -I -S start_warm.py`.

It passes its stdin, stdout and stderr to the fork server that HEADROOM_SERVER_FORKSERVER names (lbs/forkserver), which
forks a server with them. Then it forwards signals, waits, and exits as the server does. Standard library only, and few
imports, since a person waits for the start. POSIX only.
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


def request(path: str) -> "tuple[socket.socket, int] | None":
    """The connection to the parent and the pid of the server; None where the start has to be cold."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    try:
        line.connect(path)
        order = {"python": os.path.realpath(sys.executable), "env": dict(os.environ), "folder": HERE}
        text = json.dumps(order).encode() + b"\n"
        # One byte carries the descriptors.
        socket.send_fds(line, [text[:1]], [0, 1, 2])
        line.sendall(text[1:])
        answer = receive(line)
    except OSError:
        return None
    return (line, answer["pid"]) if answer and "pid" in answer else None


def receive(line: socket.socket) -> "dict[str, int] | None":
    """The next message; None where the parent has exited."""
    text = b""
    # Byte by byte: the pid and the exit of a server that refuses at once arrive together.
    while not text.endswith(b"\n"):
        more = line.recv(1)
        if not more:
            return None
        text += more
    message: dict[str, int] = json.loads(text)
    return message


def wait(line: socket.socket, pid: int) -> "int | None":
    """The exit code of the server; None where its parent exited before it, which leaves that unknown."""
    line.settimeout(None)
    message = receive(line)
    if message:
        return message["exit"]
    while is_running(pid):
        time.sleep(0.1)
    return None


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            # Another process may have taken over the pid: ours has our marker.
            return ("HEADROOM_MARKER=" + os.environ["HEADROOM_MARKER"]).encode() in file.read().split(b"\0")
    except OSError:
        return False


def exit_as(code: "int | None") -> int:
    if code is None:
        sys.stderr.write("headroom: the server exited after its parent, so its exit code is unknown.\n")
        return 1
    if code >= 0:
        return code
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def main() -> int:
    found = request(os.environ.get("HEADROOM_SERVER_FORKSERVER", ""))
    if found is None:
        os.execv(sys.executable, [sys.executable, "-u", os.path.join(HERE, "server.py")])
    line, pid = found
    for name in FORWARDED:
        # Through the parent, which knows whether the pid is still its child's.
        signal.signal(getattr(signal, name), lambda number, _: line.sendall(b"%d\n" % number))
    return exit_as(wait(line, pid))


if __name__ == "__main__":
    sys.exit(main())
