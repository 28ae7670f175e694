"""The fork server's loop: one thread, so that a fork copies no lock that another thread holds."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict

from launcher import adopt_orphans, kill_children
from lbs.forkserver.child import become
from lbs.forkserver.import_key import import_key
from lbs.forkserver.request import Request
from lbs.forkserver.warming import Kind, warm_up

STALE = 3
_PANEL_EXITED = 0
_ORPHAN_SECONDS = 1.0
"""Longer only where an orphan cannot be killed, and forks have to wait."""


class ForkOrder(TypedDict):
    """`python`: the interpreter that the client runs; `folder`: the working directory."""

    python: str
    env: dict[str, str]
    folder: str


class Forkserver:
    """Forks servers or workers once everything that they need is imported."""

    def __init__(self, kind: Kind, path: str) -> None:
        self._kind = kind
        self._python = os.path.realpath(sys.executable)
        self._began = time.monotonic()
        # Before the imports: libraries add variables of their own.
        self._key = import_key(os.environ)
        self._state, self._message = "warming", ""
        self._requests: dict[int, Request] = {}
        self._children: dict[int, Request] = {}
        self._exit: int | None = None
        self._select = selectors.DefaultSelector()
        self._wake, wake = os.pipe()
        os.set_blocking(wake, False)
        self._waker = wake
        self._listener = _listen(path)
        self._path = path

    def serve(self) -> int:
        # What a server or worker leaves behind ends with it.
        adopt_orphans()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._watch(0, self._read_stdin)
        self._watch(self._wake, self._on_wake)
        self._watch(self._listener.fileno(), self._accept)
        self._print_state()
        warm_up(self._kind, self._on_warm)
        while self._exit is None:
            for key, _ in self._select.select():
                key.data()
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        return self._exit

    def _watch(self, descriptor: int, act: Callable[[], None]) -> None:
        self._select.register(descriptor, selectors.EVENT_READ, act)

    def _read_stdin(self) -> None:
        """The panel writes nothing: stdin is readable when it has exited."""
        if not os.read(0, 4096):
            self._exit = _PANEL_EXITED

    def _on_warm(self, problem: str | None) -> None:
        # In the importing thread: only sets fields and wakes the loop.
        self._message = problem or ""
        self._state = "failed" if problem else "warm"
        os.write(self._waker, b"w")

    def _on_wake(self) -> None:
        if b"w" in os.read(self._wake, 4096):
            self._print_state()
            if self._state == "failed":
                self._exit = 2
        self._reap()

    def _print_state(self) -> None:
        state = {"state": self._state, "seconds": round(time.monotonic() - self._began, 3), "rss": _rss()}
        print(json.dumps(state | ({"message": self._message} if self._message else {})), flush=True)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        request = Request(connection)
        if request.uid != os.getuid():
            request.close()
            return
        self._requests[request.fileno()] = request
        self._watch(request.fileno(), lambda: self._read(request))

    def _read(self, request: Request) -> None:
        try:
            for line in request.lines():
                if line.isdigit():
                    self._signal(request, int(line))
                else:
                    self._begin(request, json.loads(line))
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"[Forkserver] Invalid request ({error}).", file=sys.stderr, flush=True)
            request.ended = True
        if request.ended:
            self._close(request)

    def _signal(self, request: Request, number: int) -> None:
        # A child that is not yet reaped keeps its pid.
        if request.pid in self._children:
            os.kill(request.pid, number)

    def _begin(self, request: Request, order: ForkOrder) -> None:
        refusal = self._refusal(order["python"], order["env"], len(request.streams))
        if refusal:
            request.send({"refused": refusal})
            return
        request.pid = self._fork(request, order["env"], order["folder"])
        self._children[request.pid] = request
        request.close_streams()
        request.send({"pid": request.pid})

    def _refusal(self, python: str, env: dict[str, str], streams: int) -> str | None:
        if self._state != "warm":
            return "the fork server is still importing"
        if python != self._python or import_key(env) != self._key:
            self._exit = STALE
            return "interpreter, packages, sources or variables changed since the fork server was started"
        return None if streams == 3 else f"the request has {streams} streams, not 3"

    def _fork(self, request: Request, env: dict[str, str], folder: str) -> int:
        pid = os.fork()
        if pid:
            return pid
        others = [other.fileno() for other in self._requests.values()]
        own = [self._listener.fileno(), self._wake, self._waker, self._select_fd()]
        become(self._kind, env, folder, request.streams, own + others)

    def _select_fd(self) -> int:
        return self._select.fileno() if isinstance(self._select, selectors.EpollSelector) else self._wake

    def _reap(self) -> None:
        for pid, status in _exited():
            # Others are orphans of a child, which this process has adopted.
            if request := self._children.pop(pid, None):
                if not self._children:
                    kill_children(_ORPHAN_SECONDS)
                request.send({"exit": os.waitstatus_to_exitcode(status)})

    def _close(self, request: Request) -> None:
        """Kills the process too: a client that gave up waiting may have started another."""
        self._signal(request, signal.SIGKILL)
        self._select.unregister(request.fileno())
        del self._requests[request.fileno()]
        request.close()


def _exited() -> Iterator[tuple[int, int]]:
    """Reaps; pid and status of each child that has exited."""
    with contextlib.suppress(ChildProcessError):
        while (reaped := os.waitpid(-1, os.WNOHANG))[0]:
            yield reaped


def _listen(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    # The folder is 0700; so is the file while it is created.
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(8)
    return listener


def _rss() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
