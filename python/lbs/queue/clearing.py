"""Clears GPU memory while no run is in progress: asks the worker, and kills it where it does not answer."""

from __future__ import annotations

import asyncio
import contextlib

from lbs.protocol.messages import ClearMemory
from lbs.queue.supervisor import WorkerSupervisor

_ANSWER_SECONDS = 5.0
_DEATH_SECONDS = 2.0


class Clearing:
    def __init__(self, worker: WorkerSupervisor) -> None:
        self._worker = worker
        self._lock = asyncio.Lock()
        self._answer: asyncio.Future[int | None] | None = None
        self._requests = 0

    @property
    def active(self) -> bool:
        """No run may begin meanwhile: an unanswered clear kills the worker, and the run with it."""
        return self._requests > 0

    async def clear(self, held: int) -> int:
        """The bytes that were freed; `held`: the worker's bytes as last reported."""
        self._requests += 1
        try:
            async with self._lock:
                if self._worker.state not in ("idle", "loading", "running"):
                    return 0
                freed = await self._request(_ANSWER_SECONDS)
                return held if freed is None else freed
        finally:
            self._requests -= 1

    async def _request(self, seconds: float) -> int | None:
        """None where the worker died, which freed everything."""
        self._answer = asyncio.get_running_loop().create_future()
        self._worker.send(ClearMemory())
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer), seconds)
        except TimeoutError:
            self._worker.kill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._answer), _DEATH_SECONDS)
            return None
        finally:
            self._answer = None

    def answered(self, freed: int) -> None:
        self._settle(freed)

    def worker_died(self) -> None:
        self._settle(None)

    def _settle(self, freed: int | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(freed)
