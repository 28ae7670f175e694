"""Predicted and measured peaks of earlier runs, which correct the next prediction for the same model and GPU."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

from lbs.settings.paths import data_folder

_LAST = 5
_MOST_LINES = 2000
_LEAST, _MOST = 0.9, 1.5
"""A correction is clamped to these: one beyond them has another cause."""


@dataclass(frozen=True)
class LedgerKey:
    """What a correction applies to. `model`: hash of its config; `gpu`: name of the GPU."""

    model: str
    dtype: str
    gpu: str

    def text(self) -> str:
        return "|".join([self.model, self.dtype, self.gpu, importlib.metadata.version("torch")])


class Ledger:
    """A JSON object per line: {"key", "predicted", "measured"}, in bytes. Lines that cannot be parsed are skipped."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "plans" / "ledger.jsonl"

    def add(self, key: LedgerKey, predicted: int, measured: int) -> None:
        if predicted <= 0 or measured <= 0:
            return
        line = json.dumps({"key": key.text(), "predicted": predicted, "measured": measured})
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            kept = self._lines()[-_MOST_LINES + 1 :]
            temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
            temporary.write_text("\n".join([*kept, line]) + "\n", "utf-8")
            temporary.replace(self._path)

    def correction(self, key: LedgerKey) -> tuple[float, int]:
        """measured / predicted, the median of the last five runs, and how many runs that is; (1, 0) without runs."""
        ratios = []
        for line in self._lines():
            with contextlib.suppress(ValueError, KeyError, TypeError, ZeroDivisionError):
                entry = json.loads(line)
                if entry["key"] == key.text():
                    ratios.append(float(entry["measured"]) / float(entry["predicted"]))
        last = ratios[-_LAST:]
        return (min(_MOST, max(_LEAST, statistics.median(last))), len(last)) if last else (1.0, 0)

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return []
