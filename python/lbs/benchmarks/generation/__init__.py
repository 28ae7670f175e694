"""How every benchmark generates and what it refuses to score: greedy, with numbers that are finite."""

from lbs.benchmarks.generation.arguments import taken_by
from lbs.benchmarks.generation.caches import QUANTIZED_BACKEND, check_kv_cache, offloading_cache, why_not
from lbs.benchmarks.generation.chunks import check_chunks, supports_chunks
from lbs.benchmarks.generation.finite import NonFiniteLogits, are_finite, check_finite
from lbs.benchmarks.generation.neutral import (
    FinishReason,
    GenerationJson,
    eos_ids,
    generation_json,
    neutral_config,
    pad_id,
)

__all__ = [
    "QUANTIZED_BACKEND",
    "FinishReason",
    "GenerationJson",
    "NonFiniteLogits",
    "are_finite",
    "check_chunks",
    "check_finite",
    "check_kv_cache",
    "eos_ids",
    "generation_json",
    "neutral_config",
    "offloading_cache",
    "pad_id",
    "supports_chunks",
    "taken_by",
    "why_not",
]
