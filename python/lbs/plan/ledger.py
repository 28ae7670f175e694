"""Predicted and measured peaks of the runs so far; the next prediction for the same model and GPU is corrected by them."""

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
_KEPT = 2000
_LEAST, _MOST = 0.9, 1.5
"""A correction beyond these says that something else is wrong; it is cut there."""


@dataclass(frozen=True)
class Key:
    """What a correction holds for: `model` is its config's hash, `gpu` the card's name."""

    model: str
    dtype: str
    gpu: str

    def text(self) -> str:
        return "|".join([self.model, self.dtype, self.gpu, importlib.metadata.version("torch")])


class LedgerFile:
    """One JSON object a line: {"key", "predicted", "measured"} in bytes. Lines that cannot be read are passed over."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "plans" / "ledger.jsonl"

    def add(self, key: Key, predicted: int, measured: int) -> None:
        if predicted <= 0 or measured <= 0:
            return
        line = json.dumps({"key": key.text(), "predicted": predicted, "measured": measured})
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            kept = self._lines()[-_KEPT + 1 :]
            temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
            temporary.write_text("\n".join([*kept, line]) + "\n", "utf-8")
            temporary.replace(self._path)

    def correction(self, key: Key) -> tuple[float, int]:
        """measured / predicted (the median of the last five), and from how many runs; (1, 0) where there are none."""
        ratios = []
        for line in self._lines():
            with contextlib.suppress(ValueError, KeyError, TypeError, ZeroDivisionError):
                found = json.loads(line)
                if found["key"] == key.text():
                    ratios.append(float(found["measured"]) / float(found["predicted"]))
        last = ratios[-_LAST:]
        return (min(_MOST, max(_LEAST, statistics.median(last))), len(last)) if last else (1.0, 0)

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return []
