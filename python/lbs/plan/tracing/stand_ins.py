"""Equal layers are traced once: the others pass their input on and keep what the first of their class keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .allocations import Allocations


@dataclass(frozen=True)
class _Output:
    """What a layer returned, without holding it. `numbers`: of its storages; `extras`: shape and dtype of what came with the
    hidden state (attention weights, say) and was allocated by the layer itself, None for all else; None for a bare hidden
    state."""

    numbers: set[int | None]
    extras: list[tuple[torch.Size, torch.dtype] | None] | None


@contextmanager
def with_stand_ins(layers: list[nn.Module], classes: list[int], allocations: Allocations) -> Iterator[None]:
    """Tells `allocations` which layer is at work, and lets the first of each class stand in for the rest."""
    outputs: dict[int, _Output] = {}
    hooks = [hook for number in range(len(layers)) for hook in _hooks(number, layers, classes, outputs, allocations)]
    replaced = [number for number, first in enumerate(classes) if first != number]
    for number in replaced:
        layers[number].forward = _stand_in(classes[number], outputs, allocations)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for number in replaced:
            del layers[number].forward


def _hooks(
    number: int, layers: list[nn.Module], classes: list[int], outputs: dict[int, _Output], allocations: Allocations
) -> list[Any]:
    def enter(_module: Any, _args: Any) -> None:
        allocations.enter(number)

    def leave(_module: Any, _args: Any, out: Any) -> None:
        if number == classes[number]:
            outputs[number] = _output(out, number, allocations)
        if number == len(layers) - 1:
            allocations.enter("post")

    return [layers[number].register_forward_pre_hook(enter), layers[number].register_forward_hook(leave)]


def _output(out: Any, number: int, allocations: Allocations) -> _Output:
    parts = out if isinstance(out, tuple) else (out,)
    own = [isinstance(part, torch.Tensor) and allocations.owner_of(part) == number for part in parts]
    extras = [(part.shape, part.dtype) if is_own else None for part, is_own in zip(parts[1:], own[1:], strict=True)]
    numbers = {allocations.number_of(part) for part in parts if isinstance(part, torch.Tensor)}
    return _Output(numbers, extras if isinstance(out, tuple) else None)


def _stand_in(first: int, outputs: dict[int, _Output], allocations: Allocations) -> Any:
    held: list[tuple[int, int]] = []

    def forward(*args: Any, **kwargs: Any) -> Any:
        hidden: torch.Tensor = args[0] if args else kwargs["hidden_states"]
        out = outputs[first]
        wanted = allocations.kept_by(first, {allocations.number_of(hidden), *out.numbers})
        have = Counter(size for _, size in held)
        for size in (wanted - have).elements():
            held.append((allocations.allocate(size), size))
        for size in (have - wanted).elements():
            released = next(item for item in held if item[1] == size)
            held.remove(released)
            allocations.free(released[0])
        if out.extras is None:
            return hidden
        # The caller may keep them until the next layer has finished.
        return hidden, *[None if own is None else hidden.new_empty(own[0], dtype=own[1]) for own in out.extras]

    return forward
