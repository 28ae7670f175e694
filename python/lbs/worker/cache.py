"""Models that stay loaded between runs, within LBS_GPU_MAX_UTILIZATION of the budget and LBS_CPU_MAX_UTILIZATION of RAM.

The model of the run that is on is not in here: whoever takes one out holds it, and nothing can evict it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from lbs.memory.limit import Limits, size_text
from lbs.protocol.messages import CachedModel, CacheReport
from lbs.settings import Settings
from lbs.worker.cache_policy import Idle, Room, Step, give_way
from lbs.worker.devices import Device, Placement
from lbs.worker.loading.checkpoint import Checkpoint
from lbs.worker.loading.load import Loaded
from lbs.worker.log_lines import log

_SUFFIXES = (".json", ".safetensors", ".model")


@dataclass(frozen=True)
class Key:
    """Two loads with one key give the same model: the files (name, size, time of each), how and where they are loaded."""

    path: str
    revision: tuple[tuple[str, int, int], ...]
    dtype: str
    device_map: str
    limit: float

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: Settings) -> Key:
        # An adapter's base is another folder, and as much a part of the model.
        folders = {checkpoint.path, checkpoint.model}
        files = sorted(file for folder in folders for file in folder.iterdir() if file.suffix in _SUFFIXES)
        revision = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
        path, dtype = str(checkpoint.path), checkpoint.dtype_name
        return cls(path, revision, dtype, settings.local_device_map, settings.gpu_memory_limit)


@dataclass
class Entry:
    """`gpus`: bytes of weights per GPU when it lies there; `parked`: it waits on the CPU."""

    key: Key
    loaded: Loaded
    placement: Placement
    gpus: Mapping[int, int]
    host: int = 0
    hits: int = 0
    parked: bool = False

    @property
    def idle(self) -> Idle:
        movable = len(set(self.placement.values())) == 1
        if self.parked:
            return Idle(id(self), {}, self.host + sum(self.gpus.values()), movable)
        return Idle(id(self), self.gpus, self.host, movable)


class ModelCache:
    """Least recently used first. Every removal says why, in the log and in the report."""

    def __init__(self, device: Device, settings: Settings) -> None:
        self._device = device
        self._settings = settings
        self._entries: list[Entry] = []
        self._hits = self._misses = self._evictions = 0
        self._last: str | None = None

    def take(self, key: Key, placement: Placement) -> Entry | None:
        """Out of the cache and on no account evicted from now on; None where it is not there. Parked as it was."""
        found = next((entry for entry in self._entries if entry.key == key), None)
        if found and dict(found.placement) != dict(placement):
            self._drop(found, "this run needs its layers placed otherwise")
            found = None
        if found is None:
            self._misses += 1
            return None
        self._entries.remove(found)
        self._hits += 1
        found.hits += 1
        return found

    def unpark(self, entry: Entry) -> None:
        """Back onto its GPUs, for which room must have been made. Fails with torch.OutOfMemoryError."""
        if entry.parked:
            self._device.unpark(entry.loaded.model, entry.placement)
            entry.parked = False

    def make_room(self, limits: Limits, needed: Mapping[int, int], why: str) -> None:
        """Idle models give way until each GPU has its `needed` bytes under its cap beside them."""
        caps = {gpu.card.index: gpu.cap for gpu in limits.gpus}
        self._give_way({index: max(0, cap - needed.get(index, 0)) for index, cap in caps.items()}, why)

    def put(self, entry: Entry, limits: Limits) -> None:
        """The run is over: it stays, unless the shares say otherwise."""
        self._entries.append(entry)
        share = self._settings.gpu_max_utilization
        room = {gpu.card.index: int(share * (gpu.budget or gpu.card.total)) for gpu in limits.gpus}
        self._give_way(room, f"cached models may hold {share:g} of the budget")

    def discard(self, entry: Entry) -> None:
        """Its run failed, or it may not be kept: it is in no list of ours, and its memory is to go."""
        self._device.forget(entry.loaded.model)

    def clear(self, why: str) -> None:
        for entry in list(self._entries):
            self._drop(entry, why)

    @property
    def bytes_per_gpu(self) -> dict[int, int]:
        held: dict[int, int] = {}
        for entry in list(self._entries):
            for index, size in entry.idle.gpus.items():
                held[index] = held.get(index, 0) + size
        return held

    def report(self) -> tuple[list[CachedModel], CacheReport]:
        models: list[CachedModel] = [
            {
                "path": entry.key.path,
                "dtype": entry.key.dtype,
                "bytes": sum(entry.gpus.values()) + entry.host,
                "place": "cpu" if entry.parked or not entry.gpus else "gpu",
                "hits": entry.hits,
            }
            for entry in list(self._entries)
        ]
        counts: Any = {"hits": self._hits, "misses": self._misses, "evictions": self._evictions, "last": self._last}
        return models, counts

    def _give_way(self, gpus: Mapping[int, int], why: str) -> None:
        host = int(self._settings.cpu_max_utilization * psutil.virtual_memory().total)
        room = Room(gpus, host, self._settings.max_cached_local_models)
        by_name = {id(entry): entry for entry in self._entries}
        for name, step in give_way([entry.idle for entry in self._entries], room):
            self._do(by_name[name], step, why)

    def _do(self, entry: Entry, step: Step, why: str) -> None:
        if step == "gone":
            self._drop(entry, why)
            return
        self._device.park(entry.loaded.model)
        entry.parked = True
        self._say(entry, "moved to the CPU", why)

    def _drop(self, entry: Entry, why: str) -> None:
        self._entries.remove(entry)
        self.discard(entry)
        self._say(entry, "let go", why)

    def _say(self, entry: Entry, what: str, why: str) -> None:
        self._evictions += 1
        size = size_text(sum(entry.gpus.values()) + entry.host)
        self._last = f"{entry.key.path} ({size}) was {what}: {why}"
        log(f"[Runner] Cached model {self._last}")
