"""KV caches other than the one that `generate` makes by itself."""

from __future__ import annotations

import inspect
from typing import Any

from transformers import DynamicCache

from lbs.benchmarks.parameters import InvalidParameters, KvCache
from lbs.sentences import Sentence, say

QUANTIZED_BACKEND = "fp8"
"""transformers' own, which needs no library: keys and values of a layer in float8_e4m3fn with one scale each."""


def text_config(model: Any) -> Any:
    return model.config.get_text_config(decoder=True)


def offloading_cache(model: Any) -> DynamicCache:
    """For CUDA: fetches the next layer's part while one computes, and copies each back after its turn."""
    return DynamicCache(config=text_config(model), offloading=True)


def why_not(model: Any, kind: KvCache) -> Sentence | None:
    """Why the model takes no KV cache of this kind; None where it does."""
    if kind == "gpu":
        return None
    own = "past_key_values" in inspect.signature(model.forward).parameters
    if not own or not model._supports_default_dynamic_cache():
        return say("generation.no_own_cache")
    if kind == "quantized":
        layers = DynamicCache(config=text_config(model)).layers
        if any(type(layer).__name__ != "DynamicLayer" for layer in layers):
            return say("generation.not_only_full_attention")
    return None


def check_kv_cache(model: Any, kind: KvCache) -> None:
    """Raises InvalidParameters."""
    if reason := why_not(model, kind):
        raise InvalidParameters(say("generation.no_kv_cache", kind=kind, reason=reason))
