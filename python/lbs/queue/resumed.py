"""What a resumed run has already finished."""

from __future__ import annotations

import asyncio

from lbs.protocol.messages import JsonObject
from lbs.store import Run, RunStore, StoreError


async def finished_items(store: RunStore, run: Run) -> dict[str, JsonObject]:
    """Its saved items by key; none where it resumes nothing. Raises StoreError, sqlite3.Error, ValueError."""
    if not run.resumes:
        return {}
    try:
        return await asyncio.to_thread(store.items.of, run.req_id)
    except StoreError:
        # A damaged file is recovered when it is read, so the second attempt reads the new one.
        return await asyncio.to_thread(store.items.of, run.req_id)
