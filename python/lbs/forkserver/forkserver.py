"""The forkserver's loop: one thread, so that a fork copies no lock that somebody holds."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lbs.forkserver.child import become
from lbs.forkserver.import_key import import_key
from lbs.forkserver.request import Request
from lbs.forkserver.warming import Kind, warm_up

STALE = 3
_PANEL_GONE = 0


class Forkserver:
    """Forks what `kind` says, once everything that it needs is imported."""

    def __init__(self, kind: Kind, path: str) -> None:
        self._kind = kind
        self._python = os.path.realpath(sys.executable)
        self._began = time.monotonic()
        # As it is now: libraries add variables of their own while they are imported.
        self._key = import_key(os.environ)
        self._state, self._message = "warming", ""
        self._requests: dict[int, Request] = {}
        self._children: dict[int, Request] = {}
        self._exit: int | None = None
        self._select = selectors.DefaultSelector()
        self._wake, wake = os.pipe()
        os.set_blocking(wake, False)
        self._bell = wake
        self._listener = _listen(path)
        self._path = path

    def serve(self) -> int:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        self._watch(0, self._panel)
        self._watch(self._wake, self._rung)
        self._watch(self._listener.fileno(), self._accept)
        self._tell()
        warm_up(self._kind, self._warmed)
        while self._exit is None:
            for key, _ in self._select.select():
                key.data()
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        return self._exit

    def _watch(self, descriptor: int, act: Callable[[], None]) -> None:
        self._select.register(descriptor, selectors.EVENT_READ, act)

    def _panel(self) -> None:
        """Nothing is ever said to us: stdin is readable when the panel is gone."""
        if not os.read(0, 4096):
            self._exit = _PANEL_GONE

    def _warmed(self, problem: str | None) -> None:
        # In the importing thread: only words and the bell.
        self._message = problem or ""
        self._state = "failed" if problem else "warm"
        os.write(self._bell, b"w")

    def _rung(self) -> None:
        if b"w" in os.read(self._wake, 4096):
            self._tell()
            if self._state == "failed":
                self._exit = 2
        self._reap()

    def _tell(self) -> None:
        told = {"state": self._state, "seconds": round(time.monotonic() - self._began, 3), "rss": _rss()}
        print(json.dumps(told | ({"message": self._message} if self._message else {})), flush=True)

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
            print(f"[Forkserver] A request made no sense ({error}).", file=sys.stderr, flush=True)
            request.ended = True
        if request.ended:
            self._forget(request)

    def _signal(self, request: Request, number: int) -> None:
        # Our own child that we have not yet waited for: its pid cannot be anybody else's.
        if request.pid in self._children:
            os.kill(request.pid, number)

    def _begin(self, request: Request, asked: dict[str, Any]) -> None:
        refusal = self._refusal(asked["python"], asked["env"], len(request.streams))
        if refusal:
            request.say({"refused": refusal})
            return
        request.pid = self._fork(request, asked["env"], asked["folder"])
        self._children[request.pid] = request
        request.close_streams()
        request.say({"pid": request.pid})

    def _refusal(self, python: str, env: dict[str, str], streams: int) -> str | None:
        if self._state != "warm":
            return "it is still warming"
        if python != self._python or import_key(env) != self._key:
            self._exit = STALE
            return "interpreter, packages, sources or variables have changed since it was started"
        return None if streams == 3 else f"it was given {streams} streams, not 3"

    def _fork(self, request: Request, env: dict[str, str], folder: str) -> int:
        pid = os.fork()
        if pid:
            return pid
        others = [one.fileno() for one in self._requests.values()]
        own = [self._listener.fileno(), self._wake, self._bell, self._select_fd()]
        become(self._kind, env, folder, request.streams, own + others)

    def _select_fd(self) -> int:
        return self._select.fileno() if isinstance(self._select, selectors.EpollSelector) else self._wake

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            request = self._children.pop(pid)
            request.say({"exit": os.waitstatus_to_exitcode(status)})

    def _forget(self, request: Request) -> None:
        """Nobody is there any more for whom it was forked: one that did not wait for us may have started another."""
        self._signal(request, signal.SIGKILL)
        self._select.unregister(request.fileno())
        del self._requests[request.fileno()]
        request.close()


def _listen(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    # The folder is 0700; the file is, too, for the moment in which it is made.
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(8)
    return listener


def _rss() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
