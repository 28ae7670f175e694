"""The attention that a config asks for. Kernels of the hub are code that a load would fetch and run. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lbs.models.errors import ModelFolderError
from lbs.sentences import Sentence, say

_NAMES = ("attn_implementation", "_attn_implementation", "experts_implementation", "_experts_implementation")
_PLAIN = frozenset({"eager", "sdpa", "grouped_mm", "batched_mm"})


def check_attention(config: Mapping[str, object], folder: str) -> None:
    """Raises ModelFolderError where the config, or a part of it, names a kernel of the hub."""
    for name, value in _named(config):
        if "/" in value or ":" in value:
            raise ModelFolderError(say("models.hub_kernel", folder=folder, name=name, value=value[:200]))


def other_attention(config: Mapping[str, object]) -> Sentence | None:
    """That the config asks for an attention other than PyTorch's own, which is used in its place: the plan has traced it."""
    for _, value in _named(config):
        if value not in _PLAIN:
            return say("models.other_attention", asked=value[:200])
    return None


def use_own_attention(config: Any) -> None:
    """Of a config of transformers, its parts included: transformers then chooses as where nothing is asked for."""
    config._attn_implementation = None
    config._experts_implementation = None


def _named(config: Mapping[str, object], name: str = "") -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            # By part, where the implementation itself is a mapping.
            yield from _named(value, key if key in _NAMES else name)
        elif isinstance(value, str) and (key in _NAMES or name):
            yield name or key, value
