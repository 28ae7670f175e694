"""Finished items on their way to the disk: written in one go as fast as the disk takes them, kept while it takes none."""

from __future__ import annotations

import asyncio
import sys

from lbs.store import Item, RunStore, StoreError


class ItemWriter:
    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._waiting: dict[tuple[str, str], Item] = {}
        self._writing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    def add(self, req_id: str, key: str, item: Item) -> None:
        self._waiting[req_id, key] = item
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Returns when all that was added is on disk. Fails with a StoreError; then it is all kept for the next try."""
        async with self._turn:
            while self._waiting:
                found = dict(self._waiting)
                await asyncio.to_thread(self._store.items.add, found)
                for key in found:
                    del self._waiting[key]

    async def _write(self) -> None:
        try:
            await self.flush()
        except StoreError as error:
            # Tried again with the next item, and before the run's end is told.
            print(f"[Store] {error} Finished items wait.", file=sys.stderr, flush=True)
