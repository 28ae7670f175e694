"""Closed forms for a dense decoder that runs one sequence: no torch, no weights, only the numbers of its config.

They agree with traces of dense models and of MLA (docs/facts-memory.md). Sliding windows count as full attention, which is
what prefill holds; mixtures of experts count as dense.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model_config import ConfigNumbers, ModelConfig


@dataclass(frozen=True)
class ClosedForm:
    """Predicted bytes of one sequence. `activations`: the most that one forward pass allocates beside weights and cache."""

    kv_cache: int
    activations: int


_BYTES_A_SCORE = 4 + 4 + 1
"""Scores, weights and the mask of the safe softmax in PyTorch's math kernel."""


def closed_form(
    numbers: ConfigNumbers, prompt: int, new_tokens: int, item: int, *, cached: bool = True, scores: bool = False
) -> ClosedForm:
    """`prompt` and `new_tokens` in tokens; `item`: bytes per value of the dtype. `cached`: whether keys and values are kept;
    `scores`: whether attention holds all scores of a layer at once."""
    config = ModelConfig(numbers).language_model
    prefill = _prefill_bytes(config, prompt, item) + _BYTES_A_SCORE * config.heads * prompt**2 * scores
    if not cached:
        return ClosedForm(0, prefill)
    tokens = prompt + new_tokens
    return ClosedForm(_kv_bytes(config, tokens, item), max(prefill, _decode_bytes(config, tokens, item)))


def _kv_bytes(config: ModelConfig, tokens: int, item: int) -> int:
    latent = config.positive("kv_lora_rank")
    if latent:
        return config.layers * tokens * (latent + config.positive("qk_rope_head_dim")) * item
    heads = config.positive("num_key_value_heads", "num_attention_heads", "n_head", "n_heads", default=1)
    return 2 * config.layers * tokens * heads * config.head_dim * item


def _prefill_bytes(config: ModelConfig, tokens: int, item: int) -> int:
    """What the forward pass of one layer over `tokens` tokens allocates at its peak."""
    inner = config.positive("intermediate_size", "n_inner", default=4 * config.hidden)
    logits = config.vocabulary * (item + 4)  # generate keeps one logit row and an fp32 copy
    return tokens * (3 * inner + 4 * config.hidden) * item + 2 * tokens * config.head_dim * item + logits


def _decode_bytes(config: ModelConfig, tokens: int, item: int) -> int:
    """Appending a token copies the keys of one layer."""
    return _kv_bytes(config, tokens, item) // (2 * config.layers) + config.vocabulary * (item + 4)
