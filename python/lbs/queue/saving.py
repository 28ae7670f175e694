"""Whether what has finished is on disk, and what a run does while it is not: nothing in RAM counts as saved."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypedDict

from lbs.memory.limit import size_text
from lbs.sentences import Sentence, SentenceJson, say
from lbs.store import RunStore

WhenUnsaved = Literal["pause", "continue"]
_LOW_BYTES = 200 << 20
_SPACE_SECONDS = 10.0
_EVERYTHING = "items"


class StorageShape(TypedDict):
    """`unsaved_items` and `unsaved_results` are in this server's RAM only; `recovered`: a damaged file that was replaced."""

    state: Literal["saved", "low", "unsaved"]
    sentence: SentenceJson | None
    unsaved_items: int
    unsaved_results: int
    when_unsaved: WhenUnsaved
    recovered: SentenceJson | None


class Saving:
    """Calls `on_change` when writing begins to fail, works again, or the person chooses otherwise."""

    def __init__(self, store: RunStore, on_change: Callable[[], None]) -> None:
        self._store = store
        self._on_change = on_change
        self._recovered = store.recovered
        self._failures: dict[str, Sentence] = {}
        self._low: Sentence | None = None
        self.when_unsaved: WhenUnsaved = "pause"

    @property
    def failing(self) -> Sentence | None:
        """Why the last write failed; None if everything is on disk or being written."""
        return next(iter(self._failures.values()), None)

    @property
    def pauses(self) -> bool:
        """No item may begin."""
        return self.failing is not None and self.when_unsaved == "pause"

    @property
    def results(self) -> int:
        """Ends of runs that wait for the disk."""
        return sum(name != _EVERYTHING for name in self._failures)

    @property
    def advice(self) -> str:
        """For the log: a server that was started by hand has no buttons."""
        other = "continue" if self.when_unsaved == "pause" else "pause"
        doing = "pauses before its next item" if self.when_unsaved == "pause" else "goes on"
        return f'The run {doing}; POST /api/storage with {{"when_unsaved": "{other}"}} changes that.'

    def choose(self, when_unsaved: WhenUnsaved) -> None:
        self.when_unsaved = when_unsaved
        self._on_change()

    def failed(self, reason: Sentence, run: str = _EVERYTHING) -> None:
        """`run`: its end is not saved yet; None: finished items are not."""
        self._failures[run] = reason
        self._on_change()

    def saved(self, run: str = _EVERYTHING) -> None:
        if self._failures.pop(run, None):
            self._on_change()

    async def watch(self) -> None:
        """Warns before the disk is full, and about a recovered file. A quota may be unknown until it is hit."""
        folder = self._store.database.path.parent
        while True:
            self._measured(await asyncio.to_thread(_free_bytes, folder), folder)
            await asyncio.sleep(_SPACE_SECONDS)

    def _measured(self, free: int | None, folder: Path) -> None:
        scarce = free is not None and free < _LOW_BYTES
        low = say("store.low_space", size=size_text(free or 0), folder=str(folder)) if scarce else None
        if low and not self._low:
            print(f"[Store] {low}", file=sys.stderr, flush=True)
        changed = low != self._low or self._recovered is not self._store.recovered
        self._low, self._recovered = low, self._store.recovered
        if changed:
            self._on_change()

    def shape(self, unsaved_items: int) -> StorageShape:
        sentence, recovered = self.failing or self._low, self._store.recovered
        return {
            "state": "unsaved" if self.failing else "low" if self._low else "saved",
            "sentence": None if sentence is None else sentence.as_json(),
            "unsaved_items": unsaved_items,
            "unsaved_results": self.results,
            "when_unsaved": self.when_unsaved,
            "recovered": None if recovered is None else recovered.as_json(),
        }


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
