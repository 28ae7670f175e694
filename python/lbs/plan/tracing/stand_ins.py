"""Equal layers are traced once: the others hand their input on and keep what the first of their kind keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .live import Live


@dataclass(frozen=True)
class _Handed:
    """What a layer handed on, without holding it. `numbers`: of its storages; `beside`: what came with the hidden state
    (attention weights, say) and was made by the layer itself, None for all else; None for a bare hidden state."""

    numbers: set[int | None]
    beside: list[tuple[torch.Size, torch.dtype] | None] | None


@contextmanager
def watched(layers: list[nn.Module], classes: list[int], live: Live) -> Iterator[None]:
    """Tells `live` which layer is at work, and lets the first of each class stand for the rest."""
    handed: dict[int, _Handed] = {}
    hooks = []
    stood = [number for number, first in enumerate(classes) if first != number]

    def watch(number: int) -> None:
        def enter(_module: Any, _args: Any) -> None:
            live.enter(number)

        def leave(_module: Any, _args: Any, out: Any) -> None:
            if number == classes[number]:
                handed[number] = _handed(out, number, live)
            if number == len(layers) - 1:
                live.enter("post")

        hooks.append(layers[number].register_forward_pre_hook(enter))
        hooks.append(layers[number].register_forward_hook(leave))

    for number in range(len(layers)):
        watch(number)
    for number in stood:
        layers[number].forward = _stand_in(classes[number], handed, live)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for number in stood:
            del layers[number].forward


def _handed(out: Any, number: int, live: Live) -> _Handed:
    parts = out if isinstance(out, tuple) else (out,)
    made = [isinstance(part, torch.Tensor) and live.made_by(part) == number for part in parts]
    beside = [(part.shape, part.dtype) if own else None for part, own in zip(parts[1:], made[1:], strict=True)]
    numbers = {live.number_of(part) for part in parts if isinstance(part, torch.Tensor)}
    return _Handed(numbers, beside if isinstance(out, tuple) else None)


def _stand_in(first: int, handed: dict[int, _Handed], live: Live) -> Any:
    held: list[tuple[int, int]] = []

    def forward(*args: Any, **kwargs: Any) -> Any:
        hidden: torch.Tensor = args[0] if args else kwargs["hidden_states"]
        out = handed[first]
        wanted = live.kept_by(first, {live.number_of(hidden), *out.numbers})
        have = Counter(size for _, size in held)
        for size in (wanted - have).elements():
            held.append((live.take(size), size))
        for size in (have - wanted).elements():
            gone = next(item for item in held if item[1] == size)
            held.remove(gone)
            live.give(gone[0])
        if out.beside is None:
            return hidden
        # It lives as long as whoever called keeps it, which may be until the next layer is done.
        return hidden, *[None if own is None else hidden.new_empty(own[0], dtype=own[1]) for own in out.beside]

    return forward
