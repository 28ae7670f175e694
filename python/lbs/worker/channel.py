"""The worker's end of the connection: writes messages to the real stdout, reads them in a thread of their own."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import assert_never

from lbs.protocol.codec import decode_from_server, encode
from lbs.protocol.messages import CancelRun, ClearMemory, PauseRun, Shutdown, StartRun, WorkerMessage

_POLL_SECONDS = 0.1


class Channel:
    """Calls `on_end` when the server has exited; the process exits right after it."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        # Before any library prints: what is printed to stdout goes to the terminal instead.
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._on_end = on_end
        self._cancelled: set[str] = set()
        self._paused: set[str] = set()
        self.inbox: queue.SimpleQueue[StartRun | ClearMemory] = queue.SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._read, name="messages", daemon=True).start()

    def send(self, message: WorkerMessage) -> None:
        line = encode(message)
        with self._lock:
            while line:
                line = line[os.write(self._out, line) :]

    def wait_while_paused(self, req_id: str) -> None:
        """Returns when the run may begin its next item, or was cancelled."""
        while req_id in self._paused and req_id not in self._cancelled:
            time.sleep(_POLL_SECONDS)

    def is_cancelled(self, req_id: str) -> bool:
        return req_id in self._cancelled

    def _read(self) -> None:
        try:
            for line in sys.stdin.buffer:
                match decode_from_server(line):
                    case CancelRun(req_id=req_id):
                        # Only this thread is free while a run is in progress.
                        self._cancelled.add(req_id)
                    case PauseRun(req_id=req_id, paused=paused):
                        (self._paused.add if paused else self._paused.discard)(req_id)
                    case StartRun() | ClearMemory() as message:
                        self.inbox.put(message)
                    case Shutdown():
                        break
                    case other:
                        assert_never(other)
        except Exception as error:
            # A worker that reads nothing would hold the GPU forever: it exits, and the server starts another.
            print(f"[Worker] Reading from the server failed: {error}", file=sys.stderr, flush=True)
            self.end(1)
        self.end(0)

    def end(self, code: int) -> None:
        """Exits the process at once, from any thread."""
        try:
            self._on_end()
        finally:
            # A kernel or a download in the main thread must not keep an orphaned worker alive.
            os._exit(code)
