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


class RunError(SentenceError):
    def __init__(self, code: ErrorCode, sentence: Sentence, **details: Unpack[FailureDetails]) -> None:
        super().__init__(sentence)
        self.code, self.details = code, details
