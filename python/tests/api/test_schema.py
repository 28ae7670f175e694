"""Whatever the schema of the API allows, and what it does not, is answered: no call fails internally and none hangs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings

from lbs.api import Control, create_app, runs
from lbs.queue import RunQueue
from lbs.queue.worker_process import WorkerCommand
from lbs.sentences import say
from lbs.settings import Settings
from lbs.store import Incident, Run, RunStore, open_database
from tests.support.api import MINE
from tests.support.backend import model_folder
from tests.support.openapi import Call, Calls

# The stream of events never ends, and a shutdown ends the test; test_server.py has both.
LEFT_OUT = {"/api/events", "/api/shutdown"}
CALLS = sorted(
    (method.upper(), path)
    for path, methods in create_app(Settings(), None, None).openapi()["paths"].items()  # type: ignore[arg-type]
    if path not in LEFT_OUT
    for method in methods
)
KNOWN = ("done", "failed")
LONGEST_SECONDS = 60.0
"""Longer than the first trace of a plan takes on a busy machine."""
EXAMPLES = 1000 if os.environ.get("HEADROOM_FAULTS") == "full" else 40
"""Of each call: `npm run faults` sends more."""


@dataclass
class Api:
    app: FastAPI
    calls: Calls
    loop: asyncio.Runner

    def answer(self, call: Call) -> httpx.Response:
        """Raises TimeoutError."""

        async def whole() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("127.0.0.1", 4000))
            headers = {} if call.content is None else {"Content-Type": "application/json"}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:5000", headers=headers
            ) as http:
                sent = http.request(call.method, call.url, content=call.content)
                return await asyncio.wait_for(sent, LONGEST_SECONDS)

        return self.loop.run(whole())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """With two runs of which one failed, their items, and a queue that is held."""
    folder = tmp_path_factory.mktemp("schema")
    store = RunStore(open_database(folder / "r.db"))
    for req_id in KNOWN:
        store.items.add({(req_id, str(number)): {"score": 1.0} for number in range(3)})
    done = Run("done", "NeedleInAHaystack/NeedleInAHaystack", str(model_folder(folder, "m")), {}, status="completed")
    failed = Run("failed", done.dataset, done.model, {}, status="failed", error=say("queue.cancelled"))
    done.result = {"score": 1.0}
    store.save(done, failed, incident=Incident("failed", 1.0, "internal", say("queue.cancelled"), {}))
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as loop:
        patch.setattr("lbs.api.security.peer_uid", lambda *_: MINE)
        patch.setattr(runs, "_LONGEST_POLL_SECONDS", 0.01)
        patch.setenv("HEADROOM_HOME", str(folder))
        queue = RunQueue(store, WorkerCommand(("none",), {}, folder))
        queue.held = True
        app = create_app(Settings.load(), queue, Control(lambda: None, lambda: False))
        yield Api(app, Calls(app.openapi(), [*KNOWN, done.model, done.dataset]), loop)
        app.state.planning.close()
    store.close()


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_answers(api: Api, method: str, path: str) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(api.calls.of(method, path))
    def check(call: Call) -> None:
        answer = api.answer(call)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            body = answer.json()
            assert len(body["error"]) > 10 and body["code"] and len(answer.content) < 20_000

    check()
