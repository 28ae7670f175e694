"""Writes finished items in batches as fast as the disk accepts them, and keeps them while it accepts none."""

from __future__ import annotations

import asyncio
import sys

from lbs.protocol.messages import JsonObject
from lbs.store import RunStore, StoreError


class ItemWriter:
    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._pending: dict[tuple[str, str], JsonObject] = {}
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    def add(self, req_id: str, key: str, item: JsonObject) -> None:
        self._pending[req_id, key] = item
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Returns when all items are on disk. Raises StoreError, and keeps the items for the next attempt."""
        async with self._lock:
            while self._pending:
                batch = dict(self._pending)
                await asyncio.to_thread(self._store.items.add, batch)
                for key in batch:
                    del self._pending[key]

    async def _write(self) -> None:
        try:
            await self.flush()
        except StoreError as error:
            # The next item and the end of the run retry it.
            print(f"[Store] {error} Finished items are kept in memory.", file=sys.stderr, flush=True)
