"""Real GPUs: PyTorch's allocator, and NVML by UUID for the memory outside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pynvml
import torch

from lbs.benchmarks.generation import offloading_cache
from lbs.memory.context import predicted_context, workspace_of
from lbs.memory.limit import Card, Limits
from lbs.memory.nvml import card_memory, driver_version, handle_of
from lbs.plan.cards import MeasuredContexts
from lbs.protocol.messages import MemoryGpu

from .attention import keep_off_math
from .base import Device, Placement, Weak, cache_bytes_by_device, model_bytes_by_device, weak
from .kernels import run_kernels

_PLAUSIBLE = 2
"""Times what is predicted: a measured context above that is partly another library's or another process's. One that is less
than such a part is not whole: under MPS, or where another process exited meanwhile."""


class CudaDevice(Device):
    kind = "cuda"

    def __init__(self) -> None:
        pynvml.nvmlInit()
        self._properties = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        self._handles = [handle_of(str(found.uuid)) for found in self._properties]
        self._uuids = [str(pynvml.nvmlDeviceGetUUID(handle)) for handle in self._handles]
        self._names = [str(pynvml.nvmlDeviceGetName(handle)) for handle in self._handles]
        self._driver = driver_version()
        self._predicted = [_predicted_context(found) for found in self._properties]
        kept = [MeasuredContexts().of(name, self._driver) for name in self._names]
        self._contexts = [found or predicted for found, predicted in zip(kept, self._predicted, strict=True)]
        self._measured = [found is not None for found in kept]
        self.kept = max((workspace_of((found.major, found.minor)) for found in self._properties), default=0)
        self._last_overhead = [0] * len(self._handles)
        self._before: dict[int, int] = {}
        self._budgets: dict[int, int | None] = {}
        self._weights: dict[int, dict[str, int]] = {}
        self._cache: Weak = weak(None)
        self._opened = False

    def cards(self) -> list[Card]:
        return [self._card(index) for index in range(len(self._handles))]

    def _card(self, index: int) -> Card:
        found = self._properties[index]
        memory = card_memory(self._handles[index])
        return Card(
            index,
            self._uuids[index],
            found.name,
            memory.total,
            found.total_memory,
            self._contexts[index],
            (found.major, found.minor),
            unified=memory.unified,
            driver=memory.driver,
            context_source="measured" if self._measured[index] else "predicted",
        )

    def open(self) -> None:
        if self._opened:
            return
        # It allocates a workspace for every length of the cache, which no plan can predict.
        torch.backends.cuda.enable_cudnn_sdp(False)
        keep_off_math([(found.major, found.minor) for found in self._properties])
        for index, handle in enumerate(self._handles):
            # Kept from the first attempt: one that failed half-way left a context.
            before = self._before.setdefault(index, card_memory(handle).used)
            self._run_kernels(index)
            torch.cuda.synchronize(index)
            torch.cuda.empty_cache()
            self._contexts[index] = self._measured_context(index, before)
            self._measured[index] = True
            predicted = self._predicted[index]
            if predicted / _PLAUSIBLE <= self._contexts[index] <= _PLAUSIBLE * predicted:
                MeasuredContexts().keep(self._names[index], self._driver, self._contexts[index])
        self._opened = True

    def _run_kernels(self, index: int) -> None:
        """Where the driver refuses expandable segments (WSL2 with some GPUs, virtual GPUs, Jetson), without them."""
        try:
            run_kernels(f"cuda:{index}")
        except RuntimeError as error:
            if "CUDA driver error" not in str(error):
                raise
            torch.cuda.memory._set_allocator_settings("expandable_segments:False")
            run_kernels(f"cuda:{index}")

    def _measured_context(self, index: int, before: int) -> int:
        own = self._nvml_own(index)
        if own is None:
            # In a container NVML may not list our pid: then what the whole GPU gained.
            gained = card_memory(self._handles[index]).used - before
            return max(gained - torch.cuda.memory_reserved(index), self._predicted[index] // _PLAUSIBLE)
        return max(0, own - torch.cuda.memory_reserved(index))

    def expandable(self) -> bool | None:
        if not self._opened:
            return None
        settings = torch.cuda.memory._snapshot()["allocator_settings"]
        return bool(settings["expandable_segments"]) if "expandable_segments" in settings else None

    def remeasure(self) -> None:
        for index in range(len(self._handles)):
            before = torch.cuda.memory_reserved(index)
            own = self._nvml_own(index)
            # Two equal readings mean that the difference is not a segment that is being reserved.
            if own is None or torch.cuda.memory_reserved(index) != before:
                self._last_overhead[index] = 0
                continue
            # One reading is not enough: NVML may report a segment a moment after it was freed.
            self._contexts[index] = max(self._contexts[index], min(own - before, self._last_overhead[index]))
            self._last_overhead[index] = own - before

    def _nvml_own(self, index: int) -> int | None:
        """NVML's bytes of this process; None where it does not list it."""
        try:
            processes = pynvml.nvmlDeviceGetComputeRunningProcesses(self._handles[index])
        except (pynvml.NVMLError, pynvml.NVMLLibraryMismatchError):
            return None
        for process in processes:
            if process.pid == os.getpid() and process.usedGpuMemory is not None:
                return int(process.usedGpuMemory)
        return None

    def apply_limit(self, limits: Limits) -> None:
        for gpu in limits.gpus:
            self._budgets[gpu.card.index] = gpu.budget
            torch.cuda.set_per_process_memory_fraction(gpu.fraction, gpu.card.index)

    def load_map(self, placement: Placement) -> dict[str, int | str]:
        return dict(placement)

    def adopt(self, model: Any, placement: Placement) -> dict[int, int]:
        held = self._weights[id(model)] = model_bytes_by_device(model)
        return {int(place.removeprefix("cuda:")): size for place, size in held.items() if place.startswith("cuda:")}

    def forget(self, model: Any) -> None:
        self._weights.pop(id(model), None)

    def park(self, model: Any) -> None:
        self.forget(model)
        model.to("cpu")
        torch.cuda.empty_cache()

    def unpark(self, model: Any, placement: Placement) -> None:
        (place,) = set(placement.values())
        model.to(f"cuda:{place}")
        self.adopt(model, placement)

    def others(self) -> dict[int, int]:
        return {index: self._others(index) for index in range(len(self._handles))}

    def _others(self, index: int) -> int:
        used = card_memory(self._handles[index]).used
        own = self._nvml_own(index)
        if own is None and self._opened:
            own = self._contexts[index] + torch.cuda.memory_reserved(index)
        return max(0, used - (own or 0))

    def synchronize(self) -> None:
        # On a GPU that was never used this would create its context.
        for index in range(len(self._handles)) if self._opened else ():
            torch.cuda.synchronize(index)

    @contextmanager
    def running(self, model: Any) -> Iterator[None]:
        def remember_cache(_module: Any, _args: Any, out: Any) -> None:
            self._cache = weak(getattr(out, "past_key_values", None))

        hook = model.register_forward_hook(remember_cache)
        try:
            yield
        finally:
            self._cache = weak(None)
            hook.remove()

    def offloading_cache(self, model: Any) -> Any:
        return offloading_cache(model)

    def memory(self) -> list[MemoryGpu]:
        return [self._one(card) for card in self.cards()]

    def _one(self, card: Card) -> MemoryGpu:
        index, place = card.index, f"cuda:{card.index}"
        reserved = torch.cuda.memory_reserved(index) if self._opened else 0
        context = card.overhead if self._opened else 0
        own = self._nvml_own(index)
        peak = torch.cuda.max_memory_reserved(index) if self._opened else 0
        return {
            "index": index,
            "uuid": card.uuid,
            "name": card.name,
            "total": card.total,
            "budget": self._budgets.get(index),
            "used": context + reserved if own is None else own,
            "context": context,
            "allocated": torch.cuda.memory_allocated(index) if self._opened else 0,
            "reserved": reserved,
            "weights": sum(held.get(place, 0) for held in list(self._weights.values())),
            "kv_cache": cache_bytes_by_device(self._cache()).get(place, 0),
            "peak": peak + context,
        }

    def referred(self) -> dict[int, int]:
        # Requested bytes: the rest of a block that the allocator does not split is unused.
        return {
            index: int(torch.cuda.memory_stats(index).get("requested_bytes.all.current", 0)) if self._opened else 0
            for index in range(len(self._handles))
        }

    def statistics(self) -> list[dict[str, int]]:
        kinds = ("allocated", "reserved", "requested", "inactive_split")
        wanted = [f"{kind}_bytes.all.{when}" for kind in kinds for when in ("current", "peak")]
        wanted += ["num_alloc_retries", "num_ooms"]
        stats = [torch.cuda.memory_stats(index) for index in range(len(self._handles))] if self._opened else []
        return [{name: int(found.get(name, 0)) for name in wanted} for found in stats]

    def empty_cache(self) -> int:
        if not self._opened:
            return 0
        indices = range(len(self._handles))
        before = sum(torch.cuda.memory_reserved(index) for index in indices)
        torch.cuda.empty_cache()
        return before - sum(torch.cuda.memory_reserved(index) for index in indices)

    def reset_peak(self) -> None:
        if self._opened:
            for index in range(len(self._handles)):
                torch.cuda.reset_peak_memory_stats(index)


def _predicted_context(found: Any) -> int:
    """`found`: torch's properties of the GPU, which creates no context."""
    threads = int(found.max_threads_per_multi_processor)
    return predicted_context(int(found.multi_processor_count), threads, (found.major, found.minor))
