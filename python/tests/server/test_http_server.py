"""The parts of uvicorn that lbs.server.http_server rewrites."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from lbs.server.http_server import Protocol, config_of


def test_uvicorn_has_not_changed_what_is_rewritten() -> None:
    """When this fails after an update of uvicorn, compare its Server with ours, adapt ours, and set the new hash."""
    rewritten = (uvicorn.Server.main_loop, uvicorn.Server.shutdown, uvicorn.Server._wait_tasks_to_complete)
    source = "".join(inspect.getsource(method) for method in rewritten)
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == "d91cf2b30e303236"


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.written += b"|closed"


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", b"GET /a b HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 70_000])
def test_what_is_not_http_is_answered_as_every_failure(sent: bytes) -> None:
    async def answer() -> bytes:
        config = config_of(FastAPI())
        config.load()
        protocol, transport = Protocol(config, ServerState(), {}), Transport()
        protocol.connection_made(transport)
        protocol.data_received(sent)
        return transport.written

    head, _, body = asyncio.run(answer()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400") and body.endswith(b"|closed")
    assert json.loads(body.removesuffix(b"|closed"))["code"] == "invalid_http"
