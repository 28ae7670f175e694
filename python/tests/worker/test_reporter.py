"""When the worker tells what is held."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from lbs.worker.reporter import Reporter


def test_it_tells_at_once_when_the_ram_moves_though_no_gpu_does() -> None:
    told: list[dict[str, Any]] = []
    parts = (
        SimpleNamespace(say=lambda _, **memory: told.append(memory)),
        SimpleNamespace(memory=lambda: []),
        SimpleNamespace(report=lambda: ([], {})),
    )
    reporter = Reporter(*cast("Any", parts))
    for _ in range(3):
        reporter.report()
    assert len(told) == 1
    held = b"x" * (128 << 20)
    reporter.report()
    reporter.report()
    assert len(told) == 2
    assert told[1]["host"]["rss"] - told[0]["host"]["rss"] > len(held) // 2
