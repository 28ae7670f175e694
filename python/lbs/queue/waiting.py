"""Queued runs that wait for GPU memory which other processes hold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from lbs.protocol.messages import Memory
from lbs.queue.room import GpuRoom, MeasureRoom, free_of, holders_on, smaller, wait_sentence
from lbs.sentences import Sentence, say, short
from lbs.store import Run

_LOOK_SECONDS = 2.0
_SLOW_LOOK_SECONDS = 10.0
_AGAIN_SECONDS = 1.0
"""Between the two measurements that must both find enough: a gap between two jobs of somebody else is not free memory."""
_FRESH_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_NAMES_SECONDS = 10.0
_DESCRIBED = 50


class Waiting:
    """`on_look` is called after each measurement, `on_change` where what a run waits for reads otherwise. Without a waiting run
    nothing is measured."""

    def __init__(
        self,
        measure: MeasureRoom,
        ours: Callable[[], set[int | None]],
        memory: Callable[[], Memory | None],
        on_look: Callable[[], None],
        on_change: Callable[[Run], None],
        limit: str,
    ) -> None:
        """`limit`: LBS_GPU_MEMORY_LIMIT as it was set, for sentences."""
        self._measure = measure
        self._ours = ours
        self._memory = memory
        self._on_look = on_look
        self._on_change = on_change
        self._looked: tuple[float, Sequence[GpuRoom]] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stuck: asyncio.Future[Sequence[GpuRoom]] | None = None
        self._holders: tuple[float, list[Sentence]] = (0.0, [])
        self._limit = limit

    def next_of(self, queued: Iterable[Run]) -> Run | None:
        """The first run that waits for nothing, or whose memory is free. None also while that is being measured."""
        runs = list(queued)
        first = next((place for place, run in enumerate(runs) if run.wait_bytes is None), None)
        ahead = runs if first is None else runs[:first]
        if not ahead:
            return runs[first] if first is not None else None
        if self._looked is None or time.monotonic() - self._looked[0] > _FRESH_SECONDS:
            self._look(runs)
            return None
        free = free_of(self._looked[1])
        for run in ahead:
            if run.wait_bytes is not None and run.wait_bytes <= free:
                return run
        return None if first is None else runs[first]

    def begun(self) -> None:
        """What was measured before is obsolete."""
        self._looked = None

    def follow(self, queued: Iterable[Run], *, soon: bool) -> None:
        """Measures again later where a run waits; `soon`: since it could begin."""
        waiting = [run for run in queued if run.wait_bytes is not None]
        loop = asyncio.get_running_loop()
        due = loop.time() + (_LOOK_SECONDS if soon else _SLOW_LOOK_SECONDS)
        if self._timer and waiting and not self._timer.cancelled() and loop.time() < self._timer.when() <= due:
            return
        self._stop_timer()
        if waiting:
            self._timer = loop.call_at(due, self._look, waiting)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def stop(self) -> None:
        self._stop_timer()
        if self._looking:
            self._looking.cancel()

    def _look(self, queued: Sequence[Run]) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._measured([run for run in queued if run.wait_bytes is not None]))

    async def _measured(self, waiting: list[Run]) -> None:
        room: Sequence[GpuRoom] = []
        try:
            room = await self._once()
            if any((run.wait_bytes or 0) <= free_of(room) for run in waiting):
                await asyncio.sleep(_AGAIN_SECONDS)
                room = smaller(room, await self._once())
            await self._describe(waiting, room)
        except Exception as error:  # of the driver: its run keeps waiting, and others begin
            self._say(waiting, say("queue.wait_unknown", reason=short(str(error) or type(error).__name__)))
        self._looked = (time.monotonic(), room)
        self._looking = None
        self._on_look()

    async def _once(self) -> Sequence[GpuRoom]:
        """A driver that hangs keeps one thread, and no more."""
        if self._stuck is None:
            self._stuck = asyncio.ensure_future(asyncio.to_thread(self._measure, self._memory()))
        done, _ = await asyncio.wait([self._stuck], timeout=_ANSWER_SECONDS)
        if not done:
            raise TimeoutError(f"no answer from the driver in {_ANSWER_SECONDS:g} s")
        answer, self._stuck = self._stuck, None
        return answer.result()

    async def _describe(self, waiting: Sequence[Run], room: Sequence[GpuRoom]) -> None:
        holders: list[Sentence] = []
        if room and any((run.wait_bytes or 0) > free_of(room) for run in waiting):
            if time.monotonic() - self._holders[0] > _NAMES_SECONDS:
                found = await asyncio.to_thread(holders_on, room, self._ours)
                self._holders = (time.monotonic(), found)
            holders = self._holders[1]
        for run in islice(waiting, _DESCRIBED):
            if run.wait_bytes is not None:
                self._say([run], wait_sentence(run.wait_bytes, room, holders, self._limit))

    def _say(self, waiting: Sequence[Run], sentence: Sentence) -> None:
        for run in islice(waiting, _DESCRIBED):
            if run.wait_sentence != sentence and run.wait_bytes is not None and run.status == "queued":
                run.wait_sentence = sentence
                self._on_change(run)
