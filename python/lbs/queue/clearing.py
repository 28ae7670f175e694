"""Giving GPU memory back while no run is on: the worker is asked, and ended where it does not answer."""

from __future__ import annotations

import asyncio
import contextlib

from lbs.queue.worker import Worker

_ANSWER_SECONDS = 5.0
_DEATH_SECONDS = 2.0


class Clearing:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._lock = asyncio.Lock()
        self._answer: asyncio.Future[int | None] | None = None
        self._asked = 0

    @property
    def active(self) -> bool:
        """No run may begin meanwhile: a clear that is not answered would take it along."""
        return self._asked > 0

    async def clear(self, held: int) -> int:
        """Bytes that came back; `held` is what the worker holds as far as is known."""
        self._asked += 1
        try:
            async with self._lock:
                if self._worker.state not in ("idle", "loading", "running"):
                    return 0
                freed = await self._ask(_ANSWER_SECONDS)
                return held if freed is None else freed
        finally:
            self._asked -= 1

    async def _ask(self, seconds: float) -> int | None:
        """None where the worker died of it: then it gave everything back."""
        self._answer = asyncio.get_running_loop().create_future()
        self._worker.send({"type": "clear"})
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
