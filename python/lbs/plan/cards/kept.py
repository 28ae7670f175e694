"""What the CUDA context of this machine's cards took when a worker measured it: `<data>/plans/contexts.json`.

By card, driver and PyTorch: each of them changes what CUDA loads. Sizes are in bytes.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
from pathlib import Path

from lbs.settings.paths import data_folder
from lbs.settings.private import make_folder, write_private

_MOST = 64
_LARGEST = 1 << 34


class MeasuredContexts:
    """Any number of processes may write: the last one wins, and the file is replaced as a whole."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "plans" / "contexts.json"

    def of(self, name: str, driver: str) -> int | None:
        """`name`: the card's; `driver`: its version."""
        return self._read().get(_key(name, driver))

    def keep(self, name: str, driver: str, size: int) -> None:
        """A data folder that cannot be written costs only the memory of it."""
        key, kept = _key(name, driver), self._read()
        if not 0 < size < _LARGEST or kept.get(key) == size:
            return
        kept.pop(key, None)
        newest = dict([*kept.items(), (key, size)][-_MOST:])
        with contextlib.suppress(OSError):
            make_folder(self._path.parent)
            write_private(self._path, json.dumps(newest, indent=1))

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: size for key, size in found.items() if type(size) is int and 0 < size < _LARGEST}


def _key(name: str, driver: str) -> str:
    return f"{name}|driver {driver}|torch {importlib.metadata.version('torch')}"
