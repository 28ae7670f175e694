"""The worker's end of the line: messages out on the real stdout, messages in by a thread of their own."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

from lbs.protocol.messages import Message, decode, encode


class Channel:
    """`on_end` is called when the server is gone; the process ends right after it."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        # Taken before anybody prints: what libraries write to stdout goes to the person's terminal instead.
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._on_end = on_end
        self._cancelled: set[str] = set()
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._read, name="messages", daemon=True).start()

    def say(self, kind: str, **content: Any) -> None:
        line = encode({"type": kind, **content})
        with self._lock:
            while line:
                line = line[os.write(self._out, line) :]

    def is_cancelled(self, req_id: str) -> bool:
        return req_id in self._cancelled

    def _read(self) -> None:
        try:
            for line in sys.stdin.buffer:
                message = decode(line)
                if message["type"] == "cancel":
                    # Read while a run is on: only this thread is free to hear it.
                    self._cancelled.add(message["req_id"])
                else:
                    self.inbox.put(message)
                if message["type"] == "shutdown":
                    break
        except Exception as error:
            # A deaf worker would hold the GPU for ever: it ends, and the server starts another.
            print(f"[Worker] The line from the server broke: {error}", file=sys.stderr, flush=True)
            self.end(1)
        self.end(0)

    def end(self, code: int) -> None:
        """Ends the process at once, from whatever thread."""
        try:
            self._on_end()
        finally:
            # A kernel or a download in the main thread must not keep a worker alive that nobody owns.
            os._exit(code)
