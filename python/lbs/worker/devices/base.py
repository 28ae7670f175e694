"""What the worker asks of its devices, whatever they are."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from lbs.limit import Card, Limits
from lbs.messages import MemoryGpu

Placement = Mapping[str, int | str]
"""Module name -> GPU index or "cpu", as accelerate's infer_auto_device_map gives it."""


class Device(ABC):
    """Every method may be called from the main thread; `memory` from any thread."""

    kind: str
    emulated: bool = False
    kept: int = 0
    """Bytes per GPU that libraries keep in the allocator after all models are gone."""
    notices: tuple[str, ...] = ()
    """Lines for the log at start: what a person must not take for real."""

    @abstractmethod
    def cards(self) -> list[Card]:
        """The visible GPUs; before `open` the overhead is predicted, after it measured."""

    @abstractmethod
    def open(self) -> None:
        """Makes the context on each card, so that its size is known. Idempotent."""

    @abstractmethod
    def apply_limit(self, limits: Limits) -> None:
        """Sets the hard cap of the allocator on each card."""

    @abstractmethod
    def adopt(self, model: Any, placement: Placement) -> None:
        """Counts a freshly loaded model's weights; raises torch.OutOfMemoryError where the cap does not hold them."""

    @abstractmethod
    def load_map(self, placement: Placement) -> dict[str, int | str]:
        """What `device_map` from_pretrained gets for this placement."""

    @abstractmethod
    def running(self, model: Any) -> AbstractContextManager[None]:
        """The model's work in here counts against the cards."""

    @abstractmethod
    def memory(self) -> list[MemoryGpu]:
        """What is held now. Never makes a context."""

    @abstractmethod
    def empty_cache(self) -> int:
        """Gives cached blocks back; answers how many bytes that freed over all cards."""

    @abstractmethod
    def reset_peak(self) -> None:
        """The peak counts from now."""

    def statistics(self) -> list[dict[str, int]]:
        """What the allocator counted, per GPU: memory/FACTS.md says which of its figures tell something."""
        return []

    def forget(self) -> None:
        """The model is gone: what was known of it is, too."""
        return

    def close(self) -> None:
        """Last words before the process ends."""
        return


def model_bytes_by_device(model: Any) -> dict[str, int]:
    """Bytes of parameters and buffers per torch device, shared storages counted once."""
    seen: set[int] = set()
    sizes: dict[str, int] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        storage = tensor.untyped_storage()
        if storage.data_ptr() in seen or tensor.device.type == "meta":
            continue
        seen.add(storage.data_ptr())
        sizes[str(tensor.device)] = sizes.get(str(tensor.device), 0) + storage.nbytes()
    return sizes


Weak = Callable[[], Any]


def weak(cache: Any) -> Weak:
    """Who watches a cache must not keep it: it would lie beside the next prompt's."""
    return weakref.ref(cache) if cache is not None else lambda: None


def cache_bytes_by_device(cache: Any) -> dict[str, int]:
    """Bytes of a transformers Cache per torch device; tolerates a cache that changes meanwhile."""
    sizes: dict[str, int] = {}
    for layer in list(getattr(cache, "layers", [])):
        for tensor in (getattr(layer, "keys", None), getattr(layer, "values", None)):
            if tensor is not None and hasattr(tensor, "nbytes"):
                sizes[str(tensor.device)] = sizes.get(str(tensor.device), 0) + int(tensor.nbytes)
    return sizes
