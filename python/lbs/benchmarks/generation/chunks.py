"""Which models compute the same in prefill chunks as at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from lbs.benchmarks.parameters import InvalidParameters
from lbs.sentences import say


def supports_chunks(model: Any, tokens: int = 1) -> bool:
    """Whether a prompt of so many tokens can be prefilled in chunks with the same result as at once.

    transformers supports that only for models with its own KV cache. Rotary frequencies of `longrope` and `dynamic` depend on
    the longest position that a forward pass sees: beyond the original length, the keys of earlier chunks have other ones.
    """
    if "past_key_values" not in inspect.signature(model.forward).parameters:
        return False
    if hasattr(model, "_supports_default_dynamic_cache") and not model._supports_default_dynamic_cache():
        return False
    return all(tokens <= length for length in _same_frequencies(model.config))


def check_chunks(model: Any, chunk: int, tokens: int) -> None:
    """Raises InvalidParameters where a prompt of so many tokens cannot be prefilled in the chunks that were asked for."""
    if chunk < tokens and not supports_chunks(model, tokens):
        differ = supports_chunks(model)
        raise InvalidParameters(say("benchmarks.chunks_differ") if differ else say("benchmarks.no_chunks"))


def _same_frequencies(config: Any) -> Iterator[int]:
    """Tokens up to which each length-dependent set of rotary frequencies stays the same."""
    text = config.get_text_config(decoder=True) if hasattr(config, "get_text_config") else config
    rope = getattr(text, "rope_parameters", None) or {}
    for one in [rope, *rope.values()]:
        kind = one.get("rope_type") if isinstance(one, Mapping) else None
        if kind in ("longrope", "dynamic"):
            original = one.get("original_max_position_embeddings") if kind == "longrope" else None
            yield int(original or text.max_position_embeddings)
