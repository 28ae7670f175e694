"""Counts what PyTorch allocates on the CPU against emulated GPUs, and enforces their caps.

Every storage counts from the op that created it until it is freed, on the GPU of the running module; allocations inside
kernels do not count. The emulated allocator is simple: reserved grows in 2 MiB steps, is never smaller than allocated,
and shrinks only when the cache is emptied.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lbs.memory.limit import MIB, size_text

from .base import BLOCK, round_up

STEP = 2 * MIB


@dataclass
class Ledger:
    """The counters of one emulated GPU, in bytes. Counter holds the lock that writers need."""

    index: int
    total: int
    context: int
    cap: int
    allocated: int = 0
    reserved: int = 0
    peak: int = 0
    """The largest `reserved` since reset_peak."""
    opened: bool = False
    others: Callable[[], int] = lambda: 0
    """Bytes of other processes now."""

    @property
    def used(self) -> int:
        return (self.context if self.opened else 0) + self.reserved

    def grow(self, size: int) -> bool:
        """Allocates `size` more bytes, and reserves where needed. False, and nothing allocated, where the cap or other processes
        leave no room."""
        needed = round_up(self.allocated + size, STEP)
        if needed > self.reserved and needed > min(self.cap, self.total - self.context - self.others()):
            return False
        self.allocated += size
        self.reserved = max(self.reserved, needed)
        self.peak = max(self.peak, self.reserved)
        return True

    def empty_cache(self) -> int:
        before = self.reserved
        self.reserved = min(before, round_up(self.allocated, STEP))
        return before - self.reserved

    def message(self, size: int, pid: int) -> str:
        """In the wording of the real allocator, whose parser reads it too."""
        free = max(0, self.total - self.used - self.others())
        allowed = f" {size_text(self.cap)} allowed;" if self.cap < self.total - self.context else ""
        return (
            f"CUDA out of memory. Tried to allocate {size_text(size)}. GPU {self.index} has a total capacity of "
            f"{size_text(self.total)} of which {size_text(free)} is free. Process {pid} has {size_text(self.used)} memory "
            f"in use.{allowed} Of the allocated memory {size_text(self.allocated)} is allocated by PyTorch, and "
            f"{size_text(self.reserved - self.allocated)} is reserved by PyTorch but unallocated."
        )


@dataclass
class Counter:
    """Storages by their ledger. Calls `changed` after each change, in the thread that made it."""

    ledgers: dict[int, Ledger]
    pid: int
    changed: Callable[[], None]
    lock: threading.RLock = field(default_factory=threading.RLock)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, tensor: torch.Tensor, card: int) -> int:
        """Counts the tensor's storage on `card`, once. Returns the bytes added, 0 for a known storage."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        with self.lock:
            size = round_up(storage.nbytes(), BLOCK)
            if key in self.sizes or size == 0:
                return 0
            self._allocate(self.ledgers[card], size)
            self.sizes[key] = (card, size)
            weakref.finalize(storage, self._drop, key).atexit = False
        self.changed()
        return size

    def _allocate(self, ledger: Ledger, size: int) -> None:
        if ledger.grow(size):
            return
        ledger.empty_cache()
        if not ledger.grow(size):
            raise torch.OutOfMemoryError(ledger.message(size, self.pid))

    def counts(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self.sizes

    def leave(self, tensor: torch.Tensor) -> None:
        """Stops counting its storage, which was moved to the CPU."""
        self._drop(tensor.untyped_storage()._cdata)

    def _drop(self, key: int) -> None:
        with self.lock:
            card, size = self.sizes.pop(key, (0, 0))  # a storage that left is finalized later
            self.ledgers[card].allocated -= size
        self.changed()


class CountingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]  # PyTorch's class is untyped
    """While active, every new storage counts on the GPU that `where` returns; None (a layer on the CPU) does not count."""

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
