"""The result as clients read it (electron/contract/needle.ts)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

Test = dict[str, Any]


def summarize(tests: Sequence[Test], notes: Sequence[str]) -> dict[str, Any]:
    """`tests` is not empty; a test is a success when every needle was named."""
    scores = [test["score"] for test in tests]
    mean = fmean(scores)
    return {
        "evaluation_type": "parameterized_comprehensive",
        "total_tests": len(tests),
        "success_rate": sum(score == 1 for score in scores) / len(scores),
        "score": mean,
        "overall_statistics": {"avg_score": mean, "max_score": max(scores), "min_score": min(scores)},
        "task_type_statistics": _by(tests, lambda test: test["task_type"]),
        "context_length_statistics": _by(tests, lambda test: str(test["context_length"])),
        "depth_statistics": _by(tests, lambda test: f"{test['depth_percent']:g}"),
        "tests": list(tests),
        "notes": list(notes),
        "peak_memory": {},
    }


def _by(tests: Sequence[Test], key: Callable[[Test], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[float]] = {}
    for test in tests:
        groups.setdefault(key(test), []).append(test["score"])
    return {name: {"count": len(scores), "avg_score": fmean(scores)} for name, scores in groups.items()}
