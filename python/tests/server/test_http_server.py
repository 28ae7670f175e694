"""The parts of uvicorn that lbs.server.http_server rewrites."""

from __future__ import annotations

import hashlib
import inspect

import uvicorn


def test_uvicorn_has_not_changed_what_is_rewritten() -> None:
    """When this fails after an update of uvicorn, compare its Server with ours, adapt ours, and set the new hash."""
    rewritten = (uvicorn.Server.main_loop, uvicorn.Server.shutdown, uvicorn.Server._wait_tasks_to_complete)
    source = "".join(inspect.getsource(method) for method in rewritten)
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == "d91cf2b30e303236"
