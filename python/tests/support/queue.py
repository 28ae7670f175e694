"""A queue in this process's event loop; its worker is a small program that misbehaves on request."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lbs.protocol.codec import encode
from lbs.protocol.messages import Hello, Memory, MemoryGpu, WorkerMessage
from lbs.queue import RunQueue
from lbs.queue.worker_process import WorkerCommand
from lbs.store import Run, RunStore, open_database
from tests.support.backend import FAKE_WORKER, FOLDER

Body = Callable[[RunQueue], Awaitable[None]]


@asynccontextmanager
async def running(tmp_path: Path, *words: str) -> AsyncIterator[RunQueue]:
    store = RunStore(open_database(tmp_path / "r.db"))
    program = words or FAKE_WORKER
    queue = RunQueue(store, WorkerCommand(program, dict(os.environ), FOLDER))
    await queue.start()
    try:
        yield queue
    finally:
        await queue.stop()
        store.close()


def on(tmp_path: Path, body: Body, *words: str) -> None:
    async def whole() -> None:
        async with running(tmp_path, *words) as queue:
            await asyncio.wait_for(body(queue), 30)

    asyncio.run(whole())


async def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not true in time"
        await asyncio.sleep(0.01)


async def idle(queue: RunQueue) -> None:
    await until(lambda: queue.worker.state == "idle")


def is_finished(queue: RunQueue, req_id: str) -> bool:
    return queue.runs[req_id].finished


def a_run(model: str, req_id: str = "a") -> Run:
    return Run(req_id, "NeedleInAHaystack/x", f"/models/{model}", {})


HELLO = Hello("0", cuda=None, allocator=None, emulated=True, limits=[], limit_note=None)
GPU: MemoryGpu = {
    "index": 0,
    "uuid": "GPU-0",
    "name": "toy",
    "total": 1000,
    "budget": None,
    "used": 300,
    "context": 100,
    "allocated": 200,
    "reserved": 200,
    "weights": 200,
    "kv_cache": 0,
    "peak": 300,
}
MEMORY = Memory(
    time=0.0,
    gpus=[GPU],
    cached_models=[],
    cache={"hits": 0, "misses": 0, "evictions": 0, "last": None, "last_sentence": None},
    host={"total": 3, "available": 2, "rss": 1},
)


def worker(*steps: WorkerMessage | str) -> tuple[str, ...]:
    """A worker that sends each message and runs each piece of code."""
    code = [step if isinstance(step, str) else f"send({encode(step)!r})" for step in steps]
    send = "import json,sys,os,time\ndef send(line): sys.stdout.buffer.write(line); sys.stdout.buffer.flush()\n"
    return sys.executable, "-c", send + "\n".join(code)
