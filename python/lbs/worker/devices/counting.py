"""Counts what torch really allocates on the CPU against emulated cards, and enforces their caps.

Every storage is counted from the op that made it until it is freed, on the card of the module that runs. What kernels
allocate inside themselves is not seen. The allocator is a simple one: reserved grows in 2 MiB steps, is never smaller
than what lives, and shrinks only when the cache is emptied.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ..limit import MIB, size_text

BLOCK = 512
STEP = 2 * MIB


def round_up(size: int, step: int) -> int:
    return -(-size // step) * step


@dataclass
class Ledger:
    """One emulated card's account, in bytes. Not thread-safe for writers: Counter has the lock."""

    index: int
    total: int
    context: int
    cap: int
    allocated: int = 0
    reserved: int = 0
    weights: int = 0
    peak: int = 0
    """The most that was reserved since reset_peak."""
    opened: bool = False

    @property
    def used(self) -> int:
        return (self.context if self.opened else 0) + self.reserved

    def grow(self, size: int) -> bool:
        """Takes `size` more bytes, if need be by reserving. False (and nothing taken) where the cap forbids it."""
        needed = round_up(self.allocated + size, STEP)
        if needed > self.reserved and needed > min(self.cap, self.total - self.context):
            return False
        self.allocated += size
        self.reserved = max(self.reserved, needed)
        self.peak = max(self.peak, self.reserved)
        return True

    def take(self, size: int) -> None:
        """Grows; gives cached blocks back and tries again; then out of memory, as the real allocator does."""
        if self.grow(size):
            return
        self.empty_cache()
        if not self.grow(size):
            raise torch.OutOfMemoryError(self.message(size))

    def empty_cache(self) -> int:
        before = self.reserved
        self.reserved = min(before, round_up(self.allocated, STEP))
        return before - self.reserved

    def message(self, size: int) -> str:
        """The wording of the real allocator, so that whatever reads it reads this too."""
        free = self.total - self.used
        allowed = f" {size_text(self.cap)} allowed;" if self.cap < self.total - self.context else ""
        return (
            f"CUDA out of memory. Tried to allocate {size_text(size)}. GPU {self.index} has a total capacity of "
            f"{size_text(self.total)} of which {size_text(free)} is free. Process {os.getpid()} has {size_text(self.used)} memory "
            f"in use.{allowed} Of the allocated memory {size_text(self.allocated)} is allocated by PyTorch, and "
            f"{size_text(self.reserved - self.allocated)} is reserved by PyTorch but unallocated."
        )


class Counter:
    """Which storage stands in which card's ledger. The lock may be taken again inside a finalizer: it is an RLock."""

    def __init__(self, ledgers: dict[int, Ledger]) -> None:
        self.ledgers = ledgers
        self.lock = threading.RLock()
        self._known: dict[int, tuple[int, int, bool]] = {}

    def add(self, tensor: torch.Tensor, card: int, *, weight: bool = False) -> None:
        """Counts the tensor's storage on `card`, once."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        size = round_up(storage.nbytes(), BLOCK)
        with self.lock:
            if key in self._known or size == 0:
                return
            ledger = self.ledgers[card]
            ledger.take(size)
            ledger.weights += size if weight else 0
            self._known[key] = (card, size, weight)
            weakref.finalize(storage, self._drop, key).atexit = False

    def _drop(self, key: int) -> None:
        with self.lock:
            card, size, weight = self._known.pop(key)
            self.ledgers[card].allocated -= size
            self.ledgers[card].weights -= size if weight else 0


class CountingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is not typed
    """While active, every new storage counts on the card that `where` names; None counts nowhere (a layer on the CPU)."""

    def __init__(self, counter: Counter, where: Callable[[], int | None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._counter = counter
        self._where = where

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        card = self._where()
        if card is not None:
            for leaf in tree_leaves(out):
                if isinstance(leaf, torch.Tensor):
                    self._counter.add(leaf, card)
        return out
