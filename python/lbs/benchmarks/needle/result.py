"""The result as clients read it (electron/contract/needle.ts)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, cast

from lbs.benchmarks.chat import PromptJson
from lbs.benchmarks.generation import FinishReason, GenerationJson
from lbs.benchmarks.needle.definition import Definition
from lbs.benchmarks.needle.prompt import Passage
from lbs.benchmarks.needle.statistics import Statistics, statistics_of
from lbs.benchmarks.notes import Notes, notes_json
from lbs.benchmarks.parameters import Language, TaskType
from lbs.sentences import Sentence

_EDGE = 200
_WHOLE = 20_000


class NeedleTest(TypedDict):
    """One repeat of one cell of the grid. `score`: the share of needles that the response names, 0 to 1.

    `actual_depth_percent`: the haystack tokens before the first needle, in percent of all of them; `needle_depths`: the same
    for each needle; `needle_offsets`: the token of the prompt where each starts. `prompt_sha256`: of the prompt's text in
    UTF-8, `prompt_start` and `prompt_end`: its first and last 200 characters. `finish_reason`: stop, or length where the
    answer used up its tokens. `seconds`: the batch's, divided by its prompts.
    """

    context_length: int
    depth_percent: float
    num_needles: int
    language: Language
    task_type: TaskType
    score: float
    response: str
    thinking: str
    expected_needle: str
    repeat: int
    expected_keys: list[str]
    prompt_tokens: int
    actual_depth_percent: float
    needle_depths: list[float]
    needle_offsets: list[int]
    prompt_sha256: str
    prompt_start: str
    prompt_end: str
    finish_reason: FinishReason
    max_new_tokens: int
    tokens_out: int
    seconds: float


class NeedleItem(NeedleTest):
    """A test as it is stored when it finishes. `prompt`: the whole prompt's text, None above 20,000 characters; `passages`: what
    is around each needle."""

    prompt: str | None
    passages: list[Passage]


class PromptFacts(TypedDict):
    prompt_sha256: str
    prompt_start: str
    prompt_end: str


def prompt_facts(text: str) -> PromptFacts:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return {"prompt_sha256": digest, "prompt_start": text[:_EDGE], "prompt_end": text[-_EDGE:]}


def stored(test: NeedleTest, prompt: str, passages: list[Passage]) -> NeedleItem:
    return {**test, "prompt": prompt if len(prompt) <= _WHOLE else None, "passages": passages}


def unstored(item: Mapping[str, Any]) -> NeedleTest:
    """The test of a stored item: the result does without what only its page shows."""
    return cast(NeedleTest, {name: value for name, value in item.items() if name not in ("prompt", "passages")})


class Overall(TypedDict):
    avg_score: float
    max_score: float
    min_score: float
    stderr: float | None
    interval: list[float]


class CellStatistics(Statistics):
    """All tests at one length and depth: those of both methods, each repeat of them."""

    context_length: int
    depth_percent: float
    actual_depth_percent: float


class NeedleSummary(Notes):
    evaluation_type: str
    definition: Definition
    total_tests: int
    repeats: int
    success_rate: float
    score: float
    truncated_tests: int
    overall_statistics: Overall
    task_type_statistics: dict[str, Statistics]
    context_length_statistics: dict[str, Statistics]
    depth_statistics: dict[str, Statistics]
    cell_statistics: list[CellStatistics]
    tests: list[NeedleTest]
    peak_memory: dict[str, int]


class NeedleResult(NeedleSummary):
    """`prefill_chunk_sizes`: tokens per prefill chunk in the end, by context length; None: the whole prompt.
    `prefill_chunk_size`: that of the length which needs most. `batch_sizes`: prompts at a time in the end, by context length.
    `resumed_items`: tests that an earlier run finished."""

    prefill_chunk_size: int | None
    prefill_chunk_sizes: dict[str, int | None]
    batch_sizes: dict[str, int]
    resumed_items: int
    prompt: PromptJson
    generation: GenerationJson


def summarize(
    tests: Sequence[NeedleTest], notes: Sequence[Sentence], definition: Definition, repeats: int
) -> NeedleSummary:
    """`tests` is not empty. A test succeeds when its response names every needle."""
    scores = [test["score"] for test in tests]
    overall = _statistics(tests)
    return {
        "evaluation_type": "parameterized_comprehensive",
        "definition": definition,
        "total_tests": len(tests),
        "repeats": repeats,
        "success_rate": sum(score == 1 for score in scores) / len(scores),
        "score": overall["avg_score"],
        "truncated_tests": overall["truncated"],
        "overall_statistics": {
            "avg_score": overall["avg_score"],
            "max_score": max(scores),
            "min_score": min(scores),
            "stderr": overall["stderr"],
            "interval": overall["interval"],
        },
        "task_type_statistics": _by(tests, lambda test: test["task_type"]),
        "context_length_statistics": _by(tests, lambda test: str(test["context_length"])),
        "depth_statistics": _by(tests, lambda test: f"{test['depth_percent']:g}"),
        "cell_statistics": _cells(tests),
        "tests": list(tests),
        **notes_json(notes),
        "peak_memory": {},
    }


def _statistics(tests: Sequence[NeedleTest]) -> Statistics:
    return statistics_of([test["score"] for test in tests], sum(test["finish_reason"] == "length" for test in tests))


def _by(tests: Sequence[NeedleTest], key: Callable[[NeedleTest], str]) -> dict[str, Statistics]:
    groups: dict[str, list[NeedleTest]] = {}
    for test in tests:
        groups.setdefault(key(test), []).append(test)
    return {name: _statistics(group) for name, group in groups.items()}


def _cells(tests: Sequence[NeedleTest]) -> list[CellStatistics]:
    groups: dict[tuple[int, float], list[NeedleTest]] = {}
    for test in tests:
        groups.setdefault((test["context_length"], test["depth_percent"]), []).append(test)
    return [
        {
            **_statistics(group),
            "context_length": length,
            "depth_percent": depth,
            "actual_depth_percent": sum(test["actual_depth_percent"] for test in group) / len(group),
        }
        for (length, depth), group in groups.items()
    ]
