"""Counts live bytes: every storage from the op that made it until it is freed, by the place that was at work."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Container
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ..allocator.script import Place, Step, in_blocks
from .build import CannotTrace

MOST_STEPS = 12_000
"""Operations of one layer in one forward, where they are limited: many times what a layer does that does not loop over the
prompt."""


class TooLong(CannotTrace):
    pass


class Live(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is not typed
    """`script`: what happened, in order. `now` and `top`: live bytes in the allocator's blocks, and the most so far.
    `limited`: fails with TooLong where one place takes more than MOST_STEPS; `most_steps` that one took."""

    def __init__(self, *, limited: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = 0
        self.top = 0
        self.script: list[Step] = []
        self.most_steps = self._steps = 0
        self._limited = limited
        self._place: Place = "pre"
        self._known: dict[int, int] = {}
        self._alive: dict[int, tuple[int, Place]] = {}
        self._next = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._steps += 1
        self.most_steps = max(self.most_steps, self._steps)
        if self._limited and self._steps > MOST_STEPS:
            raise TooLong("its forward takes too many steps")
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self.add(leaf)
        return out

    def add(self, tensor: torch.Tensor) -> None:
        """Counts the tensor's storage, once."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._known:
            return
        self._known[key] = self.take(storage.nbytes())
        weakref.finalize(storage, self._ended, key).atexit = False

    def ignore(self, tensor: torch.Tensor) -> None:
        """A weight: it was there before and stays, so that it is no part of what the run adds."""
        self._known[tensor.untyped_storage()._cdata] = 0

    def take(self, size: int) -> int:
        """Bytes that no tensor stands for; the id to give to `give`."""
        self._next += 1
        self._alive[self._next] = (size, self._place)
        self.script.append(size)
        self.now += in_blocks(size)
        self.top = max(self.top, self.now)
        return self._next

    def give(self, number: int) -> None:
        size, _ = self._alive.pop(number)
        self.script.append(-number)
        self.now -= in_blocks(size)

    def _ended(self, key: int) -> None:
        self.give(self._known.pop(key))

    def enter(self, place: Place) -> None:
        """From here on `place` is at work."""
        self._place, self._steps = place, 0
        self.script.append([place])

    def phase(self) -> None:
        """A forward is over; the next one begins at "pre"."""
        self._place, self._steps = "pre", 0
        self.script.append([])

    def number_of(self, tensor: torch.Tensor) -> int | None:
        """None for what was never counted; 0 for a weight."""
        return self._known.get(tensor.untyped_storage()._cdata)

    def made_by(self, tensor: torch.Tensor) -> Place | None:
        """The place at work when the tensor's storage began; None for a weight, too."""
        return self._alive.get(self.number_of(tensor) or 0, (0, None))[1]

    def kept_by(self, place: Place, but: Container[int | None]) -> Counter[int]:
        """Sizes of what `place` made and still lives, without the storages of these numbers (what it handed on)."""
        return Counter(size for number, (size, made) in self._alive.items() if made == place and number not in but)
