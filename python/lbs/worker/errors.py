"""Why a run failed: the protocol's code, a sentence, and the worker's part of the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from lbs.protocol.messages import CachedModel, CacheReport, ErrorCode, MemoryGpu
from lbs.sentences import Sentence, SentenceError


class FailureDetails(TypedDict, total=False):
    """HeldMemory at the failure, where memory mattered. `message` and `parsed`: PyTorch's text, and its numbers in bytes;
    `plan` and `ways_out` as lbs.plan writes them; `needed`, `allowed` and `weights` in bytes."""

    gpus: list[MemoryGpu]
    others: dict[str, int]
    allocator: list[dict[str, int]]
    cached_models: list[CachedModel]
    cache: CacheReport
    message: str
    parsed: dict[str, int]
    plan: Mapping[str, Any] | None
    ways_out: Sequence[Mapping[str, Any]]
    needed: int
    allowed: int
    weights: int


def first_line(error: BaseException) -> str:
    """Of a library's message, which may be pages long; with its type where the text alone says nothing."""
    lines = [line.strip() for line in str(error).strip().split("\n")]
    if isinstance(error, LookupError) or not lines[0]:
        return f"{type(error).__name__}: {lines[0]}"[:300]
    # Validation errors name the field first and the reason second.
    return " ".join(lines[:2] if lines[0].endswith(":") else lines[:1])[:300]


class RunError(SentenceError):
    def __init__(self, code: ErrorCode, sentence: Sentence, **details: Unpack[FailureDetails]) -> None:
        super().__init__(sentence)
        self.code, self.details = code, details
