"""Configs that no model has: refused before anything is built from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lbs.sentences import Sentence, say

_MOST = {
    4096: ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers"),
    1 << 16: ("num_attention_heads", "n_head", "n_heads", "num_key_value_heads", "head_dim")
    + ("num_experts", "num_local_experts", "n_routed_experts"),
    1 << 20: ("hidden_size", "n_embd", "d_model"),
    1 << 24: ("intermediate_size", "moe_intermediate_size", "n_inner", "ffn_dim", "d_ff"),
    1 << 26: ("vocab_size",),
    1 << 31: ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length"),
}
"""Far beyond every published model. Building takes time with each layer, and memory with each position."""
_BOUNDS = {name: most for most, names in _MOST.items() for name in names}


def beyond_bounds(numbers: Mapping[str, object], file: str) -> Sentence | None:
    """Why no model can be built from this config, where one of its numbers is out of all bounds."""
    for name, value in _sizes(numbers):
        if value > _BOUNDS[name]:
            shown = f"{value:g}" if value < 10**300 else f"a number of {len(str(value))} digits"
            return say("models.config_beyond_bounds", file=file, name=name, value=shown, most=f"{_BOUNDS[name]}")
    return None


def _sizes(numbers: Mapping[str, object], depth: int = 0) -> Iterator[tuple[str, int | float]]:
    for name, value in numbers.items():
        if isinstance(value, Mapping) and depth < 4:
            yield from _sizes(value, depth + 1)
        elif name in _BOUNDS and isinstance(value, int | float):
            yield name, value
