"""Equal layers are traced once: the others hand their input on and keep what the first of their kind keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from .live import Live


@contextmanager
def watched(layers: list[nn.Module], classes: list[int], live: Live) -> Iterator[None]:
    """Tells `live` which layer is at work, and lets the first of each class stand for the rest."""
    shapes: dict[int, Any] = {}
    hooks = []
    stood = [number for number, first in enumerate(classes) if first != number]

    def watch(number: int) -> None:
        def enter(_module: Any, _args: Any) -> None:
            live.enter(number)

        def leave(_module: Any, _args: Any, out: Any) -> None:
            if number == classes[number]:
                shapes[number] = [type(out), len(out)] if isinstance(out, tuple) else None
            if number == len(layers) - 1:
                live.enter("post")

        hooks.append(layers[number].register_forward_pre_hook(enter))
        hooks.append(layers[number].register_forward_hook(leave))

    for number in range(len(layers)):
        watch(number)
    for number in stood:
        layers[number].forward = _stand_in(classes[number], shapes, live)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for number in stood:
            del layers[number].forward


def _stand_in(first: int, shapes: dict[int, Any], live: Live) -> Any:
    held: list[tuple[int, int]] = []

    def forward(*args: Any, **kwargs: Any) -> Any:
        hidden: torch.Tensor = args[0] if args else kwargs["hidden_states"]
        wanted = live.kept_by(first, hidden)
        have = Counter(size for _, size in held)
        for size in (wanted - have).elements():
            held.append((live.take(size), size))
        for size in (have - wanted).elements():
            gone = next(item for item in held if item[1] == size)
            held.remove(gone)
            live.give(gone[0])
        shape = shapes[first]
        return hidden if shape is None else (hidden, *[None] * (shape[1] - 1))

    return forward
