"""The result as clients read it (electron/contract/needle.ts)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import TypedDict

from lbs.benchmarks.chat import PromptJson
from lbs.benchmarks.generation import FinishReason, GenerationJson
from lbs.benchmarks.notes import Notes, notes_json
from lbs.benchmarks.parameters import Language, TaskType
from lbs.sentences import Sentence


class NeedleTest(TypedDict):
    """One cell of the grid. `score`: the share of needles that the response names, 0 to 1."""

    context_length: int
    depth_percent: float
    num_needles: int
    language: Language
    task_type: TaskType
    score: float
    response: str
    thinking: str
    finish_reason: FinishReason
    expected_needle: str


class Overall(TypedDict):
    avg_score: float
    max_score: float
    min_score: float


class Statistics(TypedDict):
    count: int
    avg_score: float


class NeedleSummary(Notes):
    evaluation_type: str
    total_tests: int
    success_rate: float
    score: float
    overall_statistics: Overall
    task_type_statistics: dict[str, Statistics]
    context_length_statistics: dict[str, Statistics]
    depth_statistics: dict[str, Statistics]
    tests: list[NeedleTest]
    peak_memory: dict[str, int]


class NeedleResult(NeedleSummary):
    """`prefill_chunk_size`: tokens per prefill chunk in the end; None: the whole prompt."""

    prefill_chunk_size: int | None
    prompt: PromptJson
    generation: GenerationJson


def summarize(tests: Sequence[NeedleTest], notes: Sequence[Sentence]) -> NeedleSummary:
    """`tests` is not empty. A test succeeds when its response names every needle."""
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
        **notes_json(notes),
        "peak_memory": {},
    }


def _by(tests: Sequence[NeedleTest], key: Callable[[NeedleTest], str]) -> dict[str, Statistics]:
    groups: dict[str, list[float]] = {}
    for test in tests:
        groups.setdefault(key(test), []).append(test["score"])
    return {name: {"count": len(scores), "avg_score": fmean(scores)} for name, scores in groups.items()}
