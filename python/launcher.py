"""Starts a backend in this terminal and stays its parent: `python -I -S launcher.py [--warm] COMMAND...`. Linux only.

It is a subreaper: what the backend leaves behind becomes its child, whatever session and environment that has, and is
killed once the backend has exited. Then it exits as the backend did. With --warm the fork server that
HEADROOM_SERVER_FORKSERVER names forks a server in this terminal, and inherits what that leaves behind
(lbs/forkserver); COMMAND runs where it cannot. Standard library only, and few imports, since a person waits for the start.
"""

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

HERE = os.path.dirname(os.path.realpath(__file__))
FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
# Python ignores them, which a program started from it would inherit.
IGNORED = ("SIGPIPE", "SIGXFSZ")
NOT_FOUND, NOT_EXECUTABLE = 127, 126
PATIENCE = 2.0
KILL_SECONDS = 3.0
PAUSE = 0.01
# Variables of the loader, which the launcher itself must not obey.
SET_ASIDE = "HEADROOM_LAUNCH_"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(option: int, value: int) -> None:
    """No effect if the C library lacks it, or this Python has no ctypes."""
    try:
        # Imported here: a warm start does not need it, and a Python may have been built without it.
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return


def adopt_orphans() -> None:
    """From now on the descendants whose parent has exited become children of this process."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def kill_children(seconds: float = KILL_SECONDS) -> "list[int]":
    """Kills the children of this process, and theirs as they are adopted, until none is left; returns the survivors."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return []
        found = children()
        if time.monotonic() > deadline:
            return found
        for pid in found:
            try:
                # A child keeps its pid until it is reaped.
                os.kill(pid, signal.SIGKILL)
            except OSError:
                # Another user's, as of a program that changes its user.
                continue
        time.sleep(PAUSE)


def children() -> "list[int]":
    own = str(os.getpid()).encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = file.read().rpartition(b")")[2].split()[1]
            except OSError:
                continue
            if parent == own:
                found.append(int(name))
    return found


def run(command: "list[str]") -> int:
    """Runs it in the foreground of this terminal; returns its exit code once nothing that it started is left."""
    adopt_orphans()
    pid = os.fork()
    if pid == 0:
        become(command)
    # Terminals send signals to the foreground group, which is the backend's; these come from the panel.
    forward(lambda number: signal_group(pid, number))
    done = 0
    while done != pid:
        # Orphans that exit meanwhile are reaped, too.
        done, status = os.wait()
    # Another process may take over the pid now.
    forward(lambda _: None)
    code = os.waitstatus_to_exitcode(status)
    survivors = kill_children()
    if survivors:
        sys.stderr.write(f"headroom: the processes {survivors} of the backend cannot be killed.\n")
    return code


def become(command: "list[str]") -> None:
    """In the child. Never returns."""
    code = NOT_EXECUTABLE
    try:
        # Killed with SIGKILL, the launcher can clean up nothing.
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setpgid(0, 0)
        if os.isatty(0):
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for name in IGNORED:
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        os.execvp(command[0], command)
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        sys.stderr.write(f"headroom: {command[0]} cannot be started: {error.strerror}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


def signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except OSError:
        # It has exited, or has not made its group yet.
        return


def forward(send: "Callable[[int], None]") -> None:
    for name in FORWARDED:
        signal.signal(getattr(signal, name), lambda number, _: send(number))


def run_warm() -> "int | None":
    """Runs a server that the warm parent forks; None where the start has to be cold."""
    import socket

    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    answer = order(line, os.environ.get("HEADROOM_SERVER_FORKSERVER", ""))
    if not answer or "pid" not in answer:
        return None
    forward(lambda number: relay(line, answer["pid"], number))
    line.settimeout(None)
    message = receive(line)
    if message:
        return message["exit"]
    while is_running(answer["pid"]):
        time.sleep(0.1)
    sys.stderr.write("headroom: the server exited after its parent, so its exit code is unknown.\n")
    return 1


def relay(line: "socket.socket", pid: int, number: int) -> None:
    """Through the parent, which knows whether the pid is still its child's; directly once the parent has exited."""
    try:
        line.sendall(b"%d\n" % number)
    except OSError:
        if is_running(pid):
            os.kill(pid, number)


def order(line: "socket.socket", path: str) -> "dict[str, int] | None":
    """The answer of the fork server at `path` to a server in this terminal; None where there is none."""
    import json
    from socket import send_fds

    text = {"python": os.path.realpath(sys.executable), "env": dict(os.environ), "folder": HERE}
    sent = json.dumps(text).encode() + b"\n"
    try:
        line.connect(path)
        # One byte carries the descriptors.
        send_fds(line, [sent[:1]], [0, 1, 2])
        line.sendall(sent[1:])
        return receive(line)
    except OSError:
        return None


def receive(line: "socket.socket") -> "dict[str, int] | None":
    """The next message; None where the parent has exited."""
    import json

    text = b""
    # Byte by byte: the pid and the exit of a server that refuses at once arrive together.
    while not text.endswith(b"\n"):
        more = line.recv(1)
        if not more:
            return None
        text += more
    message: dict[str, int] = json.loads(text)
    return message


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            # The pid may be reused: our process has our marker.
            return ("HEADROOM_MARKER=" + os.environ["HEADROOM_MARKER"]).encode() in file.read().split(b"\0")
    except OSError:
        return False


def exit_as(code: int) -> int:
    """Ends this process with the signal that ended the backend."""
    if code >= 0:
        return code
    import resource

    # The backend has dumped its core; this process needs none.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if -code not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def main() -> int:
    for name in [name for name in os.environ if name.startswith(SET_ASIDE)]:
        os.environ[name[len(SET_ASIDE) :]] = os.environ.pop(name)
    words = sys.argv[1:]
    warm = words[:1] == ["--warm"]
    command = words[1:] if warm else words
    if not command:
        sys.stderr.write("usage: launcher.py [--warm] COMMAND...\n")
        return 2
    code = run_warm() if warm else None
    return exit_as(run(command) if code is None else code)


if __name__ == "__main__":
    sys.exit(main())
