"""Counts allocated bytes: every storage from the operation that makes it until it is freed, by the place at work."""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from collections.abc import Container
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lbs.sentences import say

from ..allocator.pool import in_blocks
from ..allocator.script import Place, Step
from ..deadline import current_deadline
from .build import CannotTrace


class TooManySteps(CannotTrace):
    def __init__(self) -> None:
        super().__init__(say("plan.trace_too_long"))


class Allocations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is not typed
    """`script`: what happened, in order. `current` and `peak`: bytes in the allocator's blocks. Raises TooManySteps where one
    place takes more than `most_steps` operations in one forward pass, and TooLate past the deadline of the plan."""

    def __init__(self, *, most_steps: int = sys.maxsize) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.current = 0
        self.peak = 0
        self.script: list[Step] = []
        self._most_steps = most_steps
        self._steps = 0
        self._deadline = current_deadline()
        self._place: Place = "pre"
        self._numbers: dict[int, int] = {}
        self._allocated: dict[int, tuple[int, Place]] = {}
        self._count = 0
        self._for_place: list[int] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._steps += 1
        if self._steps > self._most_steps:
            raise TooManySteps
        if self._deadline:
            self._deadline.check()
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self.add(leaf)
        return out

    def add(self, tensor: torch.Tensor) -> None:
        """Counts the tensor's storage, once."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._numbers or tensor.device.type == "meta":  # system RAM
            return
        self._numbers[key] = self.allocate(storage.nbytes())
        weakref.finalize(storage, self._free_storage, key).atexit = False

    def ignore(self, tensor: torch.Tensor) -> None:
        """A weight: allocated before the run and after it."""
        self._numbers[tensor.untyped_storage()._cdata] = 0

    def allocate(self, size: int) -> int:
        """Counts bytes without a tensor; returns the number for `free`."""
        self._count += 1
        self._allocated[self._count] = (size, self._place)
        self.script.append(size)
        self.current += in_blocks(size)
        self.peak = max(self.peak, self.current)
        return self._count

    def free(self, number: int) -> None:
        size, _ = self._allocated.pop(number)
        self.script.append(-number)
        self.current -= in_blocks(size)

    def _free_storage(self, key: int) -> None:
        self.free(self._numbers.pop(key))

    def allocate_for_place(self, size: int) -> None:
        """As `allocate`, until another place is at work."""
        self._for_place.append(self.allocate(size))

    def _leave(self) -> None:
        while self._for_place:
            self.free(self._for_place.pop())

    def enter(self, place: Place) -> None:
        """From here on `place` is at work."""
        self._leave()
        self._place, self._steps = place, 0
        self.script.append([place])

    def end_forward(self) -> None:
        """The next forward pass begins at "pre"."""
        self._leave()
        self._place, self._steps = "pre", 0
        self.script.append([])

    def number_of(self, tensor: torch.Tensor) -> int | None:
        """Of the tensor's storage: 0 for a weight, None for one that was never counted."""
        return self._numbers.get(tensor.untyped_storage()._cdata)

    def owner_of(self, tensor: torch.Tensor) -> Place | None:
        """The place that allocated the tensor's storage; None for a weight, too."""
        return self._allocated.get(self.number_of(tensor) or 0, (0, None))[1]

    def kept_by(self, place: Place, without: Container[int | None]) -> Counter[int]:
        """Sizes of what `place` allocated and is not freed, except the storages of these numbers (what it passed on)."""
        return Counter(
            size for number, (size, owner) in self._allocated.items() if owner == place and number not in without
        )
