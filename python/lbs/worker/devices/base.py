"""What the worker asks of its devices, whatever they are."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from lbs.memory.limit import Card, Limits
from lbs.protocol.messages import MemoryGpu
from lbs.worker.log_lines import log

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
    def adopt(self, model: Any, placement: Placement) -> dict[int, int]:
        """Counts a freshly loaded model's weights, in bytes per GPU; raises torch.OutOfMemoryError where the cap does not hold
        them."""

    @abstractmethod
    def forget(self, model: Any) -> None:
        """The model is going: its weights count no more."""

    @abstractmethod
    def park(self, model: Any) -> None:
        """Takes a model that lies on one GPU to the CPU."""

    @abstractmethod
    def unpark(self, model: Any, placement: Placement) -> None:
        """Brings it back; raises torch.OutOfMemoryError where the cap does not hold it."""

    @abstractmethod
    def others(self) -> dict[int, int]:
        """Bytes per GPU that are held by what is not this process, as measured now."""

    @abstractmethod
    def load_map(self, placement: Placement) -> dict[str, int | str]:
        """What `device_map` from_pretrained gets for this placement."""

    @abstractmethod
    def running(self, model: Any) -> AbstractContextManager[None]:
        """The model's work in here counts against the cards."""

    @abstractmethod
    def memory(self) -> list[MemoryGpu]:
        """What is held now. Never makes a context."""

    def readable(self) -> list[MemoryGpu]:
        """`memory`, or nothing where the GPUs tell no more; the log then says why. For words beside a result, so that those
        cost no result, and never for a decision."""
        try:
            return self.memory()
        except Exception as error:
            log(f"[Runner] Memory cannot be read: {type(error).__name__}: {error}")
            return []

    @abstractmethod
    def empty_cache(self) -> int:
        """Gives cached blocks back; answers how many bytes that freed over all cards."""

    @abstractmethod
    def reset_peak(self) -> None:
        """The peak counts from now."""

    def referred(self) -> dict[int, int]:
        """Bytes per GPU that somebody refers to, before any rounding of the allocator's."""
        return {gpu["index"]: gpu["allocated"] for gpu in self.memory()}

    def statistics(self) -> list[dict[str, int]]:
        """What the allocator counted, per GPU: memory/FACTS.md says which of its figures tell something."""
        return []

    def expandable(self) -> bool | None:
        """Whether the allocator's segments expand, as it says itself; None where there is no such allocator."""
        return None

    def remeasure(self) -> None:
        """What is outside the allocator's count may have grown since `open`: from now on `cards` say so."""
        return

    def synchronize(self) -> None:
        """Returns when the GPUs have done all that they were given."""
        return

    def close(self) -> None:
        """Last words before the process ends."""
        return


BLOCK = 512
"""The allocator's smallest block, in bytes."""


def round_up(size: int, step: int) -> int:
    return -(-size // step) * step


def model_bytes_by_device(model: Any) -> dict[str, int]:
    """Bytes of parameters and buffers per torch device, in the allocator's blocks, shared storages counted once."""
    seen: set[int] = set()
    sizes: dict[str, int] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        if tensor.device.type == "meta":
            continue
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            sizes[str(tensor.device)] = sizes.get(str(tensor.device), 0) + round_up(storage.nbytes(), BLOCK)
    return sizes


def model_bytes(model: Any) -> int:
    """Bytes of all that the model holds, wherever it lies."""
    return sum(model_bytes_by_device(model).values())


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
