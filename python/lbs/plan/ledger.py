"""Predicted and measured memory of earlier runs, which corrects the next prediction of that kind and size.

Only KV cache, activations and the allocator's reserve are corrected: the size of the weights is known.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lbs.settings.paths import data_folder
from lbs.settings.private import make_folder, private_file, write_private

from .config_files import config_hash
from .gpus import Gpu
from .model import Model
from .workload import Workload

_VERSION = 2
"""Lines of other versions are ignored: those before 2 held weights, too."""
_LAST = 5
_AGREEING = 3
_MOST_LINES = 2000
_LEAST, _MOST = 0.9, 10.0
"""A correction is clamped to these: one beyond them has another cause."""


@dataclass(frozen=True)
class LedgerKey:
    """What corrections apply to. `model`: hash of its config; `gpu`: names of all; `expandable`: the allocator's segments."""

    model: str
    dtype: str
    gpu: str
    expandable: bool

    @classmethod
    def of(cls, model: Model, gpus: Sequence[Gpu], expandable: bool) -> LedgerKey | None:
        """None without GPUs: the measured peak of a CPU depends on no allocator."""
        names = "+".join(sorted({gpu.card.name for gpu in gpus}))
        return cls(config_hash(model.path), model.dtype, names, expandable) if gpus else None

    def text(self) -> str:
        segments = "expandable" if self.expandable else "native"
        return "|".join([self.model, self.dtype, self.gpu, segments, importlib.metadata.version("torch")])


@dataclass(frozen=True)
class Correction:
    """`factor`: measured / predicted, of what a run holds beside its weights; `runs`: how many measured runs say so."""

    factor: float = 1.0
    runs: int = 0


@dataclass(frozen=True)
class Corrections:
    """`ratios`: measured / predicted by kind and size of work, oldest first. `least`: the smallest factor, whatever they say."""

    ratios: Mapping[tuple[str, int], Sequence[float]] = field(default_factory=dict)
    least: float = 0.0

    def of(self, work: Workload) -> Correction:
        """The largest of the last ratios of this kind and size. One below 1 needs three runs that agree; one above 1 holds
        for larger sizes of that kind as well, until they have their own."""
        kind, size = kind_of(work), size_of(work)
        known = max((other for name, other in self.ratios if name == kind and other <= size), default=None)
        last = self.ratios[kind, known][-_LAST:] if known is not None else ()
        factor = max(last, default=1.0)
        if factor < 1 and (known != size or len(last) < _AGREEING):
            factor = 1.0
        runs = len(last) if known == size or factor > 1 else 0
        return Correction(max(self.least, min(_MOST, max(_LEAST, factor))), runs)

    def at_least(self, factor: float) -> Corrections:
        return replace(self, least=max(self.least, factor))


UNCORRECTED = Corrections()


def kind_of(work: Workload) -> str:
    """What work is corrected alike, as far as its kind goes."""
    parts = [work.kind, "chunked" if work.chunk else "", "padded" if work.padded else ""]
    parts += [f"kv_{work.kv_cache}" if work.kv_cache != "gpu" else ""]
    return "+".join(part for part in parts if part)


def size_of(work: Workload) -> int:
    """And as far as its size goes: tokens in all sequences, by powers of two."""
    return (work.batch * work.tokens).bit_length()


class Ledger:
    """A JSON object per line, sizes in bytes. Lines that cannot be parsed are skipped. Any number of processes may write."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "plans" / "ledger.jsonl"

    def add(self, key: LedgerKey, work: Workload, predicted: int, measured: int) -> None:
        """`predicted`, without correction, and `measured`: what the run held beside its weights. After an out-of-memory error
        `measured` is the least that it would have taken."""
        if predicted <= 0 or measured <= 0:
            return
        entry = {"v": _VERSION, "key": key.text(), "kind": kind_of(work), "size": size_of(work)}
        line = json.dumps({**entry, "predicted": predicted, "measured": measured})
        with contextlib.suppress(OSError):
            make_folder(self._path.parent)
            with self._locked():
                kept = self._lines()[-_MOST_LINES + 1 :]
                write_private(self._path, "\n".join([*kept, line]) + "\n")

    def corrections(self, key: LedgerKey | None) -> Corrections:
        """Those of every kind and size of work."""
        if key is None:
            return UNCORRECTED
        ratios: dict[tuple[str, int], list[float]] = {}
        for line in self._lines():
            if key.model not in line:
                continue
            with contextlib.suppress(ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError):
                entry = json.loads(line)
                if (entry["v"], entry["key"]) == (_VERSION, key.text()):
                    ratio = float(entry["measured"]) / float(entry["predicted"])
                    if math.isfinite(ratio):
                        ratios.setdefault((str(entry["kind"]), int(entry["size"])), []).append(ratio)
        return Corrections(ratios)

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return []

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Excludes other writers; where the system has no such locks, the last of two simultaneous writers wins."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        lock = self._path.with_suffix(".lock")
        private_file(lock)
        with lock.open("a") as file:
            with contextlib.suppress(OSError):  # some network file systems have none either
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
