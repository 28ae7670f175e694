"""How every benchmark generates and what it refuses to score: greedy, with numbers that are finite."""

from lbs.benchmarks.generation.arguments import taken_by
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
    "FinishReason",
    "GenerationJson",
    "NonFiniteLogits",
    "are_finite",
    "check_chunks",
    "check_finite",
    "eos_ids",
    "generation_json",
    "neutral_config",
    "pad_id",
    "supports_chunks",
    "taken_by",
]
