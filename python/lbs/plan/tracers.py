"""The tracers of one process: a second one takes over where the first is busy or stuck, and the first may be kept warm."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from typing import Literal

from lbs.memory.host import host_available
from lbs.sentences import Sentence, say

from .deadline import Deadline, TooLate, current_deadline
from .trace_types import TraceAnswer, TraceRequest
from .tracer_process import TracerExited, TracerProcess

SECONDS = 60.0
"""For a trace without a deadline of its own."""
_PATIENCE = 1.0
"""The second tracer, which takes memory and time to start, takes only what has waited so long."""
_WARMING_FACTOR = 4
"""Times as patient while the first one imports: it is ready before a second would be."""
_IDLE_SECONDS = 60.0
_POLL_SECONDS = 0.05
WARM_ROOM, LEAST_ROOM = 4 << 30, 2 << 30
"""Bytes of available system RAM for which a warm tracer is started, and below which an idle one is freed."""


class _Job:
    """One request, for everybody who waits for its answer."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.queued = time.monotonic()
        self.waiting = 0
        self.state: Literal["queued", "starting", "tracing"] = "queued"
        self.done = threading.Event()
        self.answer: TraceAnswer = {}


class Tracers:
    """A TraceSource for any thread. Equal requests at one time are one trace; one that nobody waits for any more is killed.

    The wait ends with the deadline of the plan (lbs.plan.deadline), which raises TooLate; the start of a tracer does not count.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._queue: deque[_Job] = deque()
        self._jobs: dict[str, _Job] = {}
        self._changed = threading.Condition()
        self._children = [TracerProcess(), TracerProcess()]
        self._threads: list[threading.Thread] = []
        self._closed = self._warm = self._warming = False

    @property
    def pids(self) -> list[int]:
        """Of the tracers that run."""
        return [pid for child in self._children if (pid := child.pid) is not None]

    @property
    def is_warm(self) -> bool:
        return self._warm and not self._warming and self._children[0].pid is not None

    def keep_warm(self) -> None:
        """From now on a tracer that has imported everything waits for requests, as long as there is enough system RAM."""
        with self._changed:
            if not self._closed:
                self._warm = True
                self._start_threads()
                self._changed.notify_all()

    def __call__(self, request: TraceRequest) -> TraceAnswer:
        own = current_deadline()
        deadline = own or Deadline(self._seconds)
        job = self._join(json.dumps(request))
        try:
            before = time.monotonic()
            while not job.done.wait(_POLL_SECONDS):
                now = time.monotonic()
                if job.state == "starting":
                    deadline.postpone(now - before)
                before = now
                deadline.check()
        except TooLate:
            if own:
                raise
            return _failed(say("plan.tracer_timeout", seconds=f"{self._seconds:g}"))
        finally:
            self._leave(job)
        return job.answer

    def _join(self, line: str) -> _Job:
        with self._changed:
            self._start_threads()
            job = self._jobs.get(line)
            if job is None:
                job = self._jobs[line] = _Job(line)
                if self._closed:
                    self._finish(job, _failed(say("plan.tracer_exited")))
                else:
                    self._queue.append(job)
                    self._changed.notify_all()
            job.waiting += 1
            return job

    def _start_threads(self) -> None:
        if self._threads or self._closed:
            return
        self._threads = [
            threading.Thread(target=self._work, args=(child, number * _PATIENCE), name="tracer", daemon=True)
            for number, child in enumerate(self._children)
        ]
        for thread in self._threads:
            thread.start()

    def _leave(self, job: _Job) -> None:
        with self._changed:
            job.waiting -= 1
            if not job.waiting:
                self._forget(job)

    def _forget(self, job: _Job) -> None:
        if self._jobs.get(job.line) is job:
            del self._jobs[job.line]
        if job in self._queue:
            self._queue.remove(job)

    def _finish(self, job: _Job, answer: TraceAnswer) -> None:
        with self._changed:
            self._forget(job)
            job.answer = answer
            job.done.set()

    def _work(self, child: TracerProcess, patience: float) -> None:
        while job := self._next(child, patience):
            self._finish(job, self._trace(child, job))
        child.kill()

    def _next(self, child: TracerProcess, patience: float) -> _Job | None:
        with self._changed:
            while not self._closed:
                wait = patience * (_WARMING_FACTOR if self._warming else 1)
                left = self._queue[0].queued + wait - time.monotonic() if self._queue else _IDLE_SECONDS
                if self._queue and left <= 0:
                    return self._queue.popleft()
                if not patience and self._warm and not self._queue and child.pid is None:
                    self._warm_up(child)
                elif not self._changed.wait(left) and not self._queue:
                    self._free(child, patience)
        return None

    def _warm_up(self, child: TracerProcess) -> None:
        if host_available() < WARM_ROOM:
            self._changed.wait(_IDLE_SECONDS)
            return
        self._warming = True
        self._changed.release()
        try:
            child.start(lambda: not self._closed, warm=True)
        except TracerExited:
            self._warm = False  # a request starts one, and says why it cannot
        finally:
            self._changed.acquire()
            self._warming = False
            self._changed.notify_all()

    def _free(self, child: TracerProcess, patience: float) -> None:
        """Of one that was idle: the second, and the first where system RAM runs out."""
        if patience or host_available() < LEAST_ROOM:
            child.kill()

    def _trace(self, child: TracerProcess, job: _Job) -> TraceAnswer:
        try:
            job.state = "starting"
            child.start(lambda: not self._closed)
            job.state = "tracing"
            return child.ask(job.line, lambda: job.waiting > 0 and not self._closed)
        except TracerExited:
            return _failed(say("plan.tracer_exited"))

    def close(self) -> None:
        """For good. Requests in progress fail at once."""
        with self._changed:
            self._closed = True
            for job in list(self._queue):
                self._finish(job, _failed(say("plan.tracer_exited")))
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()


def _failed(reason: Sentence) -> TraceAnswer:
    return {"error": say("plan.not_traceable", reason=reason).as_json()}
