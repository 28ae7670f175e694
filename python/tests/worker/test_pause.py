"""A run waits before its next item while the server says that results cannot be saved."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lbs.protocol.codec import encode
from lbs.protocol.messages import CancelRun, PauseRun, ServerMessage
from lbs.sentences import verbatim
from lbs.settings import Settings
from lbs.worker.__main__ import WorkerLoop
from lbs.worker.channel import Channel
from lbs.worker.devices.none import NoDevice
from tests.support.messages import start_run

RUN = start_run(Path("/none"), {})


class Line:
    """The worker's channel, which notes what happens in which order."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    def send(self, message: Any) -> None:
        self.happened.append(message.type)

    def wait_while_paused(self, req_id: str) -> None:
        self.happened.append(f"wait {req_id}")


def test_a_run_waits_after_its_progress_and_not_at_its_end() -> None:
    line: Any = Line()
    hooks = WorkerLoop(line, NoDevice(), Settings.load())._hooks(RUN)
    hooks.on_progress(0, 1, verbatim("first"))
    hooks.on_progress(1, 1, verbatim(""))
    assert line.happened == ["progress", f"wait {RUN.req_id}", "progress"]


@pytest.mark.parametrize("after", [PauseRun("a", paused=False), CancelRun("a")])
def test_a_pause_ends_with_the_next_message_or_with_a_cancel(
    monkeypatch: pytest.MonkeyPatch, after: ServerMessage
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "dup", lambda handle: handle)
        patch.setattr(os, "dup2", lambda *_: None)
        channel = Channel(lambda: None)
    monkeypatch.setattr(channel, "end", lambda _: None)

    def read(message: ServerMessage) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(encode(message))))
        channel._read()

    read(PauseRun("a", paused=True))
    waiting = threading.Thread(target=channel.wait_while_paused, args=["a"])
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    channel.wait_while_paused("another run")
    read(after)
    waiting.join(10)
    assert not waiting.is_alive()
