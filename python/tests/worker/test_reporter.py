"""When the worker reports its memory."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lbs.protocol.messages import Memory
from lbs.worker.reporter import Reporter
from tests.support.backend import until


def test_a_change_of_ram_is_reported_at_once_though_no_gpu_changes() -> None:
    sent: list[Memory] = []
    parts = (
        SimpleNamespace(send=sent.append),
        SimpleNamespace(memory=lambda: []),
        SimpleNamespace(report=lambda: ([], {})),
    )
    reporter = Reporter(*cast("Any", parts))
    for _ in range(3):
        reporter.report()
    assert len(sent) == 1
    held = b"x" * (128 << 20)
    reporter.report()
    reporter.report()
    assert len(sent) == 2
    assert sent[1].host["rss"] - sent[0].host["rss"] > len(held) // 2


def test_memory_is_read_often_only_while_the_worker_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lbs.worker.reporter._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("lbs.worker.reporter._QUICK", 0.01)
    reads: list[int] = []

    def memory() -> list[Any]:
        reads.append(1)
        return []

    parts = (
        SimpleNamespace(send=lambda _: None),
        SimpleNamespace(memory=memory),
        SimpleNamespace(report=lambda: ([], {})),
    )
    reporter = Reporter(*cast("Any", parts))
    reporter.start()
    time.sleep(0.3)
    assert len(reads) == 1
    with reporter.working():
        until(lambda: len(reads) > 5 or None)
    time.sleep(0.05)
    idle = len(reads)
    time.sleep(0.2)
    assert len(reads) == idle
