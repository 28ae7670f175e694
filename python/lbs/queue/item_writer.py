"""Writes finished items in batches as fast as the disk accepts them; keeps and retries them while it accepts none."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from lbs.protocol.messages import JsonObject
from lbs.queue.saving import Saving
from lbs.store import RunStore, StoreError

_LAST_SECONDS = 1.0


class ItemWriter:
    def __init__(self, store: RunStore, saving: Saving, retry_seconds: float) -> None:
        self._store = store
        self._saving = saving
        self.retry_seconds = retry_seconds
        self._pending: dict[tuple[str, str], JsonObject] = {}
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    def unsaved(self, req_id: str | None = None) -> int:
        """The number of items, of one run or of all, that the disk refused; those being written do not count."""
        if self._saving.failing is None:
            return 0
        return sum(req_id in (None, run) for run, _ in self._pending)

    def pending(self, req_id: str) -> dict[str, JsonObject]:
        """Finished items of this run by key that may not be stored yet, the oldest first."""
        return {key: item for (run, key), item in self._pending.items() if run == req_id}

    def add(self, req_id: str, key: str, item: JsonObject) -> None:
        self._pending[req_id, key] = item
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Returns when all items are on disk. Raises StoreError, and keeps the items for the next attempt."""
        async with self._lock:
            while self._pending:
                batch = dict(self._pending)
                try:
                    await asyncio.to_thread(self._store.items.add, batch)
                except StoreError as error:
                    self._saving.failed(error.sentence)
                    raise
                for key in batch:
                    del self._pending[key]
            self._saving.saved()

    async def stop(self) -> None:
        """Tries once more, and says what is lost."""
        if self._writing:
            self._writing.cancel()
        with contextlib.suppress(StoreError, TimeoutError):
            await asyncio.wait_for(self.flush(), _LAST_SECONDS)
        if self._pending:
            print(f"[Store] {len(self._pending)} finished items were never saved and are lost.", file=sys.stderr)

    async def _write(self) -> None:
        """Retries until the disk accepts them."""
        last = ""
        while True:
            try:
                return await self.flush()
            except StoreError as error:
                line = f"[Store] {error} Finished items that are kept in RAM only: {len(self._pending)}. "
                line += self._saving.advice
                if line != last:
                    print(line, file=sys.stderr, flush=True)
                last = line
                await asyncio.sleep(self.retry_seconds)
