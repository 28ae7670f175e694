"""When the worker reports its memory."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from lbs.protocol.messages import Memory
from lbs.worker.reporter import Reporter


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
