"""A TraceSource in a process that has torch imported already, such as a worker: with a deadline, since nothing can kill it."""

from __future__ import annotations

import json

from lbs.sentences import say

from .deadline import Deadline, TooLate, until
from .trace_types import TraceAnswer, TraceRequest

_SECONDS = 30.0


class OwnTracer:
    """What takes longer than `seconds` cannot be traced, and then no longer run of that kind and model is tried, so that a
    search does not wait again and again."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._too_late: dict[str, int] = {}

    def __call__(self, request: TraceRequest) -> TraceAnswer:
        from .tracing.answer import answer

        model = json.dumps([request[name] for name in ("path", "dtype", "kernels", "trust_remote_code")])
        # Of one kind: a run in chunks takes far longer than another of as many tokens.
        first = request["works"][0]
        alike = model + json.dumps([first[name] for name in ("kind", "chunk", "padded", "kv_cache")])
        tokens = max(work["context"] * work["batch"] for work in request["works"])
        if tokens < self._too_late.get(alike, tokens + 1):
            try:
                with until(Deadline(self._seconds)):
                    return answer(request)
            except TooLate:
                self._too_late[alike] = tokens
        reason = say("plan.tracer_timeout", seconds=f"{self._seconds:g}")
        return {"error": say("plan.not_traceable", reason=reason).as_json()}
