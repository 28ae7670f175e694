"""Closed forms for a decoder that runs one sequence: no torch, no weights, only the numbers of its config.

They agree with a traced run of dense models and MLA (memory/FACTS.md). Sliding windows are planned as full attention,
which is what prefill holds; mixtures of experts are planned as dense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """Predicted bytes of one run. `peak` is what lives at the worst moment, weights included."""

    weights: int
    kv_cache: int
    activations: int

    @property
    def working_set(self) -> int:
        return self.kv_cache + self.activations

    @property
    def peak(self) -> int:
        return self.weights + self.working_set


def text_numbers(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model (multimodal ones nest it)."""
    nested = config.get("text_config")
    return nested if isinstance(nested, Mapping) and "hidden_size" in nested else config


def number(config: Mapping[str, Any], *names: str, default: int = 0) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return default


def head_dim(config: Mapping[str, Any]) -> int:
    heads = number(config, "num_attention_heads", "n_head", "n_heads", default=1)
    return number(config, "head_dim", default=number(config, "hidden_size", "n_embd", "d_model") // heads)


def layers(config: Mapping[str, Any]) -> int:
    return number(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers", default=1)


def kv_bytes(config: Mapping[str, Any], tokens: int, item: int) -> int:
    """The whole cache for `tokens` tokens, `item` bytes per number."""
    latent = number(config, "kv_lora_rank")
    if latent:
        return layers(config) * tokens * (latent + number(config, "qk_rope_head_dim")) * item
    heads = number(config, "num_key_value_heads", "num_attention_heads", "n_head", "n_heads", default=1)
    return 2 * layers(config) * tokens * heads * head_dim(config) * item


def prefill_bytes(config: Mapping[str, Any], tokens: int, item: int) -> int:
    """What one layer's forward over `tokens` tokens adds at its worst moment, beside weights and cache."""
    hidden = number(config, "hidden_size", "n_embd", "d_model")
    inner = number(config, "intermediate_size", "n_inner", default=4 * hidden)
    logits = number(config, "vocab_size") * (item + 4)  # generate keeps one logit row and an fp32 copy
    return tokens * (3 * inner + 4 * hidden) * item + 2 * tokens * head_dim(config) * item + logits


def decode_bytes(config: Mapping[str, Any], tokens: int, item: int) -> int:
    """One layer's keys are copied when a token is appended."""
    return kv_bytes(config, tokens, item) // (2 * layers(config)) + number(config, "vocab_size") * (item + 4)


def plan_run(
    config: Mapping[str, Any], weights: int, prompt: int, new_tokens: int, item: int, *, cached: bool = True
) -> Plan:
    """`weights` in bytes as loaded; `prompt` and `new_tokens` in tokens; `item` = bytes of the dtype. `cached`: whether keys
    and values are kept, which a single forward does not need."""
    numbers = text_numbers(config)
    work = prefill_bytes(numbers, prompt, item)
    if not cached:
        return Plan(weights, 0, work)
    decode = decode_bytes(numbers, prompt + new_tokens, item)
    return Plan(weights, kv_bytes(numbers, prompt + new_tokens, item), max(work, decode))
