"""What a run that generates may ask of its memory."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lbs.benchmarks.parameters.base import MOST_TOKENS, ParameterValues
from lbs.benchmarks.parameters.chat import ThinkingParameters
from lbs.benchmarks.parameters.kv_cache import KvCache


class GeneratingParameters(ThinkingParameters):
    """`prefill_chunk`: tokens per prefill chunk, None for the whole prompt, or for those that make the run fit. `batch_size`:
    sequences at a time, None for as many as fit. `kv_cache`: where the KV cache is."""

    batch_size: int | None = Field(default=None, gt=0, le=4096)
    prefill_chunk: int | None = Field(default=None, ge=16, le=MOST_TOKENS)

    kv_cache: KvCache = "gpu"

    def changed(self, way: str, to: Any) -> ParameterValues:
        names = {"batch": "batch_size", "chunk": "prefill_chunk", "kv_offload": "kv_cache", "kv_quantized": "kv_cache"}
        return {**self.model_dump(exclude_none=True), names[way]: to} if way in names else super().changed(way, to)
