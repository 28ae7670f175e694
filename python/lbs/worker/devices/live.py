"""The peak of live tensor bytes of a run on the CPU, where no allocator counts them.

Counting every operation costs as much as a small model's own work. So only a forward pass larger than those before is
counted, with what follows it up to the next one; between two counted ones the peak grows as the cache does.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from .base import BLOCK, cache_bytes_by_device, cache_tensors, model_bytes, round_up
from .tensors import model_tensors

_GROWTH = 1.05
"""How much longer a sequence is when its forward pass is counted again."""


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]  # PyTorch's class is untyped
    """`current` and `peak`: bytes of the storages that were made or added, and are alive."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.current = self.peak = 0
        self._sizes: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self.add(leaf)
        return out

    def know(self, model: Any) -> None:
        """The model's own storages never count."""
        for tensor in model_tensors(model):
            self._sizes[tensor.untyped_storage()._cdata] = 0

    def add(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._sizes:
            self._sizes[key] = round_up(storage.nbytes(), BLOCK)
            self.current += self._sizes[key]
            self.peak = max(self.peak, self.current)
            weakref.finalize(storage, self._drop, key).atexit = False

    def _drop(self, key: int) -> None:
        self.current -= self._sizes.pop(key, 0)


@dataclass
class _Largest:
    """Of the forward passes that were counted: the most tokens read, and in the sequences; of the last one the shape of its
    input, and its peak and cache in bytes."""

    read: int = 0
    tokens: int = 0
    shape: tuple[int, int] = (0, 0)
    peak: int = 0
    cache: int = 0


class LivePeak:
    """`peak`: weights included, in bytes; None before the first forward pass."""

    def __init__(self, model: Any) -> None:
        self.peak: int | None = None
        self._model = model
        self._weights = model_bytes(model)
        self._counting = _Counting()
        self._counting.know(model)
        self._largest = {True: _Largest(), False: _Largest()}
        """Of prefill, and of decoding steps."""
        self._counted: _Largest | None = None

    @contextmanager
    def watching(self) -> Iterator[LivePeak]:
        hook = self._model.register_forward_pre_hook(self._before, with_kwargs=True)
        try:
            yield self
        finally:
            hook.remove()
            self._end()

    def _before(self, _module: Any, args: Any, kwargs: Any) -> None:
        self._end()
        ids = kwargs.get("input_ids", args[0] if args else None)
        if not isinstance(ids, torch.Tensor) or ids.dim() < 2:
            return
        cache = kwargs.get("past_key_values")
        batch, length = ids.shape[:2]
        total = length + int(cache.get_seq_length() if hasattr(cache, "get_seq_length") else 0)
        largest = self._largest[length > 1]
        if batch * length > largest.read or batch * total > _GROWTH * largest.tokens:
            largest.read, largest.tokens = max(batch * length, largest.read), max(batch * total, largest.tokens)
            largest.shape = (batch, length)
            largest.cache = sum(cache_bytes_by_device(cache).values())
            self._begin(largest, cache)
        elif largest.shape == (batch, length):
            grown = sum(cache_bytes_by_device(cache).values()) - largest.cache
            if grown > 0:
                # One layer's part is there twice while it takes in the next tokens.
                self._reach(largest.peak + grown + grown // len(cache.layers))

    def _begin(self, largest: _Largest, cache: Any) -> None:
        for tensor in cache_tensors(cache):
            self._counting.add(tensor)
        self._counting.peak = self._counting.current
        self._counted = largest
        self._counting.__enter__()  # type: ignore[no-untyped-call]  # as above

    def _end(self) -> None:
        if self._counted is not None:
            self._counting.__exit__(None, None, None)  # type: ignore[no-untyped-call]  # as above
            self._counted.peak = self._counting.peak
            self._reach(self._counting.peak)
            self._counted = None

    def _reach(self, live: int) -> None:
        self.peak = max(self.peak or 0, self._weights + live)
