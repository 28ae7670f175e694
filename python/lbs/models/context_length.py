"""How many tokens a model accepts, from its config: the plan and the run ask here. No torch.

RoPE scaling counts as transformers applies it (modeling_rope_utils.py). Configs differ in what max_position_embeddings
means beside it: with llama3 and longrope it is the scaled length, with linear and dynamic the length before scaling, and
with yarn either, which original_max_position_embeddings tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lbs.models.library import config_defaults
from lbs.sentences import Sentence, say

UNLIMITED = 1 << 20
"""Of a model whose config names no length."""

_MOST = 1 << 30
_NAMES = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_sequence_length",
    "seq_length",
    "max_seq_length",
    "max_target_positions",
    "n_ctx",
    "context_length",
    "model_max_length",
)
_MULTIPLIED = frozenset({"linear", "dynamic", "yarn"})
_ALREADY_SCALED = frozenset({"llama3", "longrope", "su"})
_SCALED_BY_LAYER = "gemma3"
"""It scales its global layers only, and its max_position_embeddings counts that."""


@dataclass(frozen=True)
class ContextLength:
    """`most`: tokens of prompt and answer together; `scaled`: such as "512 x 4, yarn", None without scaling."""

    most: int
    scaled: str | None = None

    @property
    def said(self) -> int | Sentence:
        """For a sentence: the number, and how it comes about."""
        return self.most if self.scaled is None else say("models.scaled_length", most=self.most, scaling=self.scaled)


def context_length(config: Mapping[str, object]) -> ContextLength:
    """Of the language model, which multimodal models nest under `text_config`."""
    nested = config.get("text_config")
    for numbers in (config, *([nested] if isinstance(nested, Mapping) else [])):
        if length := _length(numbers):
            return _scaled(numbers, length)
    return ContextLength(UNLIMITED)


def _length(numbers: Mapping[str, object]) -> int | None:
    """A name that the type's class declares counts, with its default; where it declares none, the first that there is."""
    defaults = config_defaults(str(numbers.get("model_type")))
    aliases = defaults.get("attribute_map")
    names = [name for name in _NAMES if name in defaults]
    names += [name for name in _NAMES if isinstance(aliases, Mapping) and aliases.get(name) in names]
    for source in (numbers, defaults):
        for name in names or _NAMES:
            if value := _positive(source.get(name)):
                return value
    return None


def _scaled(numbers: Mapping[str, object], length: int) -> ContextLength:
    model_type = str(numbers.get("model_type"))
    scaling = numbers.get("rope_scaling") or numbers.get("rope_parameters")
    defaults = config_defaults(model_type)
    has_rope = not defaults or "rope_parameters" in defaults
    if not isinstance(scaling, Mapping) or not has_rope or model_type.startswith(_SCALED_BY_LAYER):
        return ContextLength(min(length, _MOST))
    kind = str(scaling.get("rope_type") or scaling.get("type"))
    factor = scaling.get("factor")
    if kind not in _MULTIPLIED | _ALREADY_SCALED or not isinstance(factor, int | float) or not 1 < factor < math.inf:
        return ContextLength(min(length, _MOST))
    original = _positive(scaling.get("original_max_position_embeddings")) or _positive(
        numbers.get("original_max_position_embeddings")
    )
    if original is None and kind in _ALREADY_SCALED:
        return ContextLength(min(length, _MOST))
    base = original or length
    if base * factor <= length:
        return ContextLength(min(length, _MOST))
    return ContextLength(int(min(base * factor, _MOST)), f"{base} x {factor:g}, {kind}")


def _positive(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
