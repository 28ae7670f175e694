"""Models that stay loaded between runs, within LBS_GPU_MAX_UTILIZATION of the budget and LBS_CPU_MAX_UTILIZATION of RAM.

The model of the run in progress is not in the cache: its run holds it, and nothing can evict it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from lbs.memory.limit import Limits, size_text
from lbs.memory.limit_value import Limit
from lbs.protocol.messages import CachedModel, CacheReport
from lbs.sentences import Sentence, say
from lbs.settings import Settings
from lbs.worker.cache_policy import Idle, Room, Step, evictions
from lbs.worker.devices import Device, Placement
from lbs.worker.loading.checkpoint import Checkpoint
from lbs.worker.loading.load import Loaded
from lbs.worker.log_lines import log

_SUFFIXES = (".json", ".safetensors", ".model")


@dataclass(frozen=True)
class CacheKey:
    """Two loads with the same key give the same model: its files (name, size, time), how and where they are loaded."""

    path: str
    revision: tuple[tuple[str, int, int], ...]
    dtype: str
    device_map: str
    limit: Limit

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: Settings) -> CacheKey:
        # The base of an adapter is part of the model too.
        folders = {checkpoint.path, checkpoint.model}
        files = sorted(file for folder in folders for file in folder.iterdir() if file.suffix in _SUFFIXES)
        revision = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
        path, dtype = str(checkpoint.path), checkpoint.dtype_name
        return cls(path, revision, dtype, settings.local_device_map, settings.gpu_memory_limit)


@dataclass
class Entry:
    """`gpus`: bytes of weights per GPU while it is there; `parked`: it was moved to the CPU."""

    key: CacheKey
    loaded: Loaded
    placement: Placement
    gpus: Mapping[int, int]
    host: int = 0
    hits: int = 0
    parked: bool = False

    @property
    def idle(self) -> Idle:
        # Not every library's quantized layers can be moved.
        movable = len(set(self.placement.values())) == 1 and not getattr(self.loaded.model, "is_quantized", False)
        if self.parked:
            return Idle(id(self), {}, self.host + sum(self.gpus.values()), movable)
        return Idle(id(self), self.gpus, self.host, movable)


class ModelCache:
    """Least recently used first. The log and the report give the reason of every eviction."""

    def __init__(self, device: Device, settings: Settings) -> None:
        self._device = device
        self._settings = settings
        self._entries: list[Entry] = []
        self._hits = self._misses = self._evictions = 0
        self._last: Sentence | None = None

    def take(self, key: CacheKey, placement: Placement) -> Entry | None:
        """Removes the entry from the cache, so that nothing evicts it; None where there is none. It stays parked."""
        found = next((entry for entry in self._entries if entry.key == key), None)
        if found and dict(found.placement) != dict(placement):
            self._drop(found, say("worker.other_placement"))
            found = None
        if found is None:
            self._misses += 1
            return None
        self._entries.remove(found)
        self._hits += 1
        found.hits += 1
        return found

    def unpark(self, entry: Entry) -> None:
        """Moves it back to its GPUs, which must have room for it. Raises torch.OutOfMemoryError."""
        if entry.parked:
            self._device.unpark(entry.loaded.model, entry.placement)
            entry.parked = False

    def make_room(self, limits: Limits, needed: Mapping[int, int], why: Sentence) -> None:
        """Evicts idle models until each GPU has its `needed` bytes free under its cap."""
        caps = {gpu.card.index: gpu.cap for gpu in limits.gpus}
        self._evict({index: max(0, cap - needed.get(index, 0)) for index, cap in caps.items()}, why)

    def put(self, entry: Entry, limits: Limits) -> None:
        """Keeps the model of a finished run, as far as the shares allow."""
        self._entries.append(entry)
        share = self._settings.gpu_max_utilization
        room = {gpu.card.index: int(share * (gpu.budget or gpu.card.total)) for gpu in limits.gpus}
        self._evict(room, say("worker.over_cache_share", share=f"{share:g}"))

    def discard(self, entry: Entry) -> None:
        """Forgets a model that must not be kept, so that its memory is freed."""
        self._device.forget(entry.loaded.model)

    def clear(self, why: Sentence) -> None:
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
        return models, {
            "hits": self._hits,
            "misses": self._misses,
            "evictions": self._evictions,
            "last": None if self._last is None else str(self._last),
            "last_sentence": None if self._last is None else self._last.as_json(),
        }

    def _evict(self, gpus: Mapping[int, int], why: Sentence) -> None:
        host = int(self._settings.cpu_max_utilization * psutil.virtual_memory().total)
        room = Room(gpus, host, self._settings.max_cached_local_models)
        by_name = {id(entry): entry for entry in self._entries}
        for name, step in evictions([entry.idle for entry in self._entries], room):
            self._apply(by_name[name], step, why)

    def _apply(self, entry: Entry, step: Step, why: Sentence) -> None:
        if step == "drop":
            self._drop(entry, why)
            return
        self._device.park(entry.loaded.model)
        entry.parked = True
        self._log(say("worker.cache_parked", model=entry.key.path, size=_size(entry), why=why))

    def _drop(self, entry: Entry, why: Sentence) -> None:
        self._entries.remove(entry)
        self.discard(entry)
        self._log(say("worker.cache_evicted", model=entry.key.path, size=_size(entry), why=why))

    def _log(self, eviction: Sentence) -> None:
        self._evictions += 1
        self._last = eviction
        log(f"[Runner] Cached model {eviction}")


def _size(entry: Entry) -> str:
    return size_text(sum(entry.gpus.values()) + entry.host)
