"""The numbers of a model's config.json, whose names differ from one family to the next. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from lbs.models.context_length import ContextLength, context_length

ConfigNumbers: TypeAlias = Mapping[str, object]
"""A parsed config.json: foreign data."""


class ModelConfig:
    """Typed access to a config. Multimodal models nest their language model under `text_config`."""

    def __init__(self, numbers: ConfigNumbers) -> None:
        self._numbers = numbers
        nested = numbers.get("text_config")
        self._text = nested if isinstance(nested, Mapping) else {}

    @property
    def language_model(self) -> ModelConfig:
        """The part that describes the language model."""
        return ModelConfig(self._text) if "hidden_size" in self._text else self

    @property
    def length(self) -> ContextLength:
        """The context length that the model accepts."""
        return context_length(self._numbers)

    @property
    def windows(self) -> list[int]:
        """Contexts at which the model may begin to compute differently: sliding windows and attention chunks."""
        return sorted(set(_windows(self._numbers)))

    @property
    def layers(self) -> int:
        return self.positive("num_hidden_layers", "n_layer", "n_layers", "num_layers", default=1)

    @property
    def hidden(self) -> int:
        return self.positive("hidden_size", "n_embd", "d_model")

    @property
    def heads(self) -> int:
        """Of the query."""
        return self.positive("num_attention_heads", "n_head", "n_heads", default=1)

    @property
    def head_dim(self) -> int:
        return self.positive("head_dim", default=self.hidden // self.heads)

    @property
    def vocabulary(self) -> int:
        return self.positive("vocab_size")

    def positive(self, *names: str, default: int = 0) -> int:
        """The first of `names` that is a positive integer."""
        for name in names:
            value = self._numbers.get(name)
            if type(value) is int and value > 0:
                return value
        return default


def _windows(numbers: ConfigNumbers) -> Iterator[int]:
    for name, value in numbers.items():
        if isinstance(value, Mapping):
            yield from _windows(value)
        elif type(value) is int and value > 0 and ("window" in name or "chunk" in name):
            yield value
