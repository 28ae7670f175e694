"""Calls of the API in this process, without a socket or a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lbs.api import Control, create_app
from lbs.queue import RunQueue
from lbs.queue.worker_process import WorkerCommand
from lbs.settings import Settings
from lbs.store import RunStore, open_database
from tests.support.api import MINE


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """The user of every connection; the test may change it."""
    behind: dict[str, int | None] = {"uid": MINE}
    monkeypatch.setattr("lbs.api.security.peer_uid", lambda *_: behind["uid"])
    return behind


@pytest.fixture
def ask(tmp_path: Path, user: dict[str, int | None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., httpx.Response]:
    """One call under the current environment; `client` None: an unknown address."""

    def call(
        method: str,
        path: str,
        *,
        client: Any = ("127.0.0.1", 4000),
        runs: Any = (),
        items: Any = None,
        **more: Any,
    ) -> Any:
        async def whole() -> httpx.Response:
            store = RunStore(open_database(tmp_path / "r.db"))
            store.items.add(items or {})
            store.save(*runs)
            queue = RunQueue(store, WorkerCommand(("none",), {}, tmp_path))
            app = create_app(Settings.load(), queue, Control(lambda: None, lambda: False))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5000") as http:
                answer = await http.request(method, path, **more)
            store.close()
            return answer

        return asyncio.run(whole())

    return call
