"""The interface of every device."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from lbs.memory.limit import Card, Limits
from lbs.protocol.messages import MemoryGpu
from lbs.worker.log_lines import log

from .tensors import model_tensors

Placement = Mapping[str, int | str]
"""Module name -> GPU index or "cpu", as in accelerate's infer_auto_device_map."""


class Device(ABC):
    """Every method may be called from the main thread; `memory` from any thread."""

    kind: str
    emulated: bool = False
    kept: int = 0
    """Bytes per GPU that libraries keep in the allocator after all models are gone."""
    notices: tuple[str, ...] = ()
    """Log lines at start, such as that the GPUs are emulated."""

    @abstractmethod
    def cards(self) -> list[Card]:
        """The visible GPUs; the overhead is predicted before `open`, measured after it."""

    @abstractmethod
    def open(self) -> None:
        """Creates the CUDA context on each GPU, so that its size is known. Idempotent."""

    @abstractmethod
    def apply_limit(self, limits: Limits) -> None:
        """Sets the allocator's hard cap on each GPU."""

    @abstractmethod
    def adopt(self, model: Any, placement: Placement) -> dict[int, int]:
        """Counts the weights of a loaded model and returns their bytes per GPU. Raises torch.OutOfMemoryError where the cap is
        too small."""

    @abstractmethod
    def forget(self, model: Any) -> None:
        """Stops counting the model's weights."""

    @abstractmethod
    def park(self, model: Any) -> None:
        """Moves a model from its one GPU to the CPU."""

    @abstractmethod
    def unpark(self, model: Any, placement: Placement) -> None:
        """Moves it back. Raises torch.OutOfMemoryError where the cap is too small."""

    @abstractmethod
    def others(self) -> dict[int, int]:
        """Bytes per GPU of other processes, measured now."""

    @abstractmethod
    def load_map(self, placement: Placement) -> dict[str, int | str]:
        """The `device_map` of from_pretrained for this placement."""

    @abstractmethod
    def running(self, model: Any) -> AbstractContextManager[None]:
        """Counts the model's work inside against the GPUs."""

    def offloading_cache(self, model: Any) -> Any:
        """A transformers Cache that keeps its layers in system RAM; None where every cache is there."""
        return None

    @abstractmethod
    def memory(self) -> list[MemoryGpu]:
        """The memory held now. Never creates a CUDA context."""

    def readable(self) -> list[MemoryGpu]:
        """`memory`, or an empty list where it cannot be read, which the log explains. For reports that must not cost a result,
        never for a decision."""
        try:
            return self.memory()
        except Exception as error:
            log(f"[Runner] Memory cannot be read: {type(error).__name__}: {error}")
            return []

    @abstractmethod
    def empty_cache(self) -> int:
        """Frees the allocator's cached blocks; returns the bytes freed on all GPUs."""

    @abstractmethod
    def reset_peak(self) -> None:
        """Restarts the peak."""

    def referred(self) -> dict[int, int]:
        """Bytes per GPU of live tensors, before the allocator's rounding."""
        return {gpu["index"]: gpu["allocated"] for gpu in self.memory()}

    def statistics(self) -> list[dict[str, int]]:
        """The allocator's counters, per GPU."""
        return []

    def expandable(self) -> bool | None:
        """Whether the allocator uses expandable segments, as it reports; None where there is no such allocator."""
        return None

    def remeasure(self) -> None:
        """Measures again what is outside the allocator's count; `cards` has it from then on."""
        return

    def synchronize(self) -> None:
        """Returns when the GPUs are idle."""
        return

    def close(self) -> None:
        """Called before the process exits."""
        return


BLOCK = 512
"""The allocator's smallest block, in bytes."""


def round_up(size: int, step: int) -> int:
    return -(-size // step) * step


def model_bytes_by_device(model: Any) -> dict[str, int]:
    """Bytes of parameters and buffers per torch device, in the allocator's blocks, shared storages counted once."""
    counted: set[int] = set()
    sizes: dict[str, int] = {}
    for tensor in model_tensors(model):
        if tensor.device.type == "meta":
            continue
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in counted:
            counted.add(storage.data_ptr())
            sizes[str(tensor.device)] = sizes.get(str(tensor.device), 0) + round_up(storage.nbytes(), BLOCK)
    return sizes


def model_bytes(model: Any) -> int:
    """Bytes of parameters and buffers on all devices."""
    return sum(model_bytes_by_device(model).values())


Weak = Callable[[], Any]


def weak(cache: Any) -> Weak:
    """A weak reference: a strong one would keep the cache alive beside the next prompt's."""
    return weakref.ref(cache) if cache is not None else lambda: None


def cache_tensors(cache: Any) -> Iterator[Any]:
    """Keys and values of a transformers Cache, which may change meanwhile."""
    for layer in list(getattr(cache, "layers", [])):
        for tensor in (getattr(layer, "keys", None), getattr(layer, "values", None)):
            if tensor is not None and hasattr(tensor, "nbytes"):
                yield tensor


def cache_bytes_by_device(cache: Any) -> dict[str, int]:
    """Bytes of a transformers Cache per torch device."""
    sizes: dict[str, int] = {}
    for tensor in cache_tensors(cache):
        sizes[str(tensor.device)] = sizes.get(str(tensor.device), 0) + int(tensor.nbytes)
    return sizes
