"""What would make a run fit, each computed with its own plan: context, batch, prefill chunk, limit, dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .demand import Source
from .plan import Ask, Plan, make_plan

_CHUNKS = (8192, 4096, 2048, 1024, 512, 256)
_MOST_FORWARDS = 32
"""No curve tells of chunks, and each forward of them takes a tenth of a second to trace: nobody waits for hundreds."""
_MOST_TRIES = 10
_STEP = 64
"""Contexts are offered in steps of this many tokens."""


def with_ways_out(plan: Plan, source: Source) -> Plan:
    """The same plan; where it does not fit (or only just), with what would, the smallest change of each kind."""
    if plan.verdict in ("fits", "cannot_tell"):
        return plan
    return replace(plan, ways_out=list(_ways(plan, source)))


def _ways(plan: Plan, source: Source) -> Iterator[dict[str, Any]]:
    ask, work = plan.ask, plan.ask.work
    if _could_hold(plan, plan.demand.weights):
        if work.batch > 1 and (found := largest_batch(ask, source, work.batch - 1)):
            yield _way("batch", work.batch, found)
        # One token less fits no sooner, and a model that loops over its prompt takes as long for it again.
        if found := largest_context(ask, source, (work.context - 1) // _STEP * _STEP or work.context - 1):
            yield _way("context", work.context, found)
    if _could_hold(plan, plan.demand.weights + plan.kv_cache) and (found := _chunked(ask, source)):
        yield _way("chunk", work.chunk, found)
    if found := _raised(plan, source):
        yield _way("limit", ask.limit, found)
    if ask.model.dtype == "float32" and ask.model.packed is None:
        half = make_plan(replace(ask, model=replace(ask.model, dtype="bfloat16")), source)
        if half.verdict == "fits":
            yield _way("dtype", "float32", half)


def _could_hold(plan: Plan, least: int) -> bool:
    """Whether `least` bytes, which no shape of the work does without, leave anything to be sought: a trace takes its time."""
    room = sum(max(0, gpu.allowed) for gpu in plan.gpus) if plan.gpus else plan.ask.host_room
    return least * plan.ask.correction <= room


def _way(change: str, was: Any, plan: Plan) -> dict[str, Any]:
    ask = plan.ask
    now = {"limit": ask.limit, "dtype": ask.model.dtype}.get(change) or getattr(ask.work, change, None)
    figures = plan.as_json()
    return {"change": change, "from": was, "to": now} | {
        name: figures[name] for name in ("live_peak", "reserved_peak", "total")
    }


def in_words(ways: list[dict[str, Any]]) -> str:
    """`batch 8 -> 5, context 32768 -> 24576 or limit 0.6 -> 0.68`."""
    parts = [f"{way['change']} {_said(way['from'])} -> {_said(way['to'])}" for way in ways]
    return " or ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _said(value: Any) -> str:
    return "whole" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def largest_context(ask: Ask, source: Source, most: int) -> Plan | None:
    """The plan of the longest prompt up to `most` tokens that fits with everything on the GPUs; None where none does."""
    return _sought(ask, source, "context", most, _STEP)


def largest_batch(ask: Ask, source: Source, most: int) -> Plan | None:
    return _sought(ask, source, "batch", most, 1)


def _sought(ask: Ask, source: Source, name: str, most: int, step: int) -> Plan | None:
    """With drafts first; what they find is made sure of, and sought again without them where it does not stand."""

    def plan_of(value: int, draft: bool = False) -> Plan:
        return make_plan(ask.with_work(**{name: value}), source, draft=draft)

    found = _largest(lambda value: plan_of(value, draft=True), most, step)
    if found and found.demand.interpolated:
        found = make_plan(found.ask, source)
    return found if found and found.verdict == "fits" else _largest(plan_of, most, step)


def _largest(plan_of: Callable[[int], Plan], most: int, step: int) -> Plan | None:
    """Memory is all but linear in what is sought: each guess lies where the line crosses the room, then is tried."""
    if most < 1:
        return None
    top = plan_of(most)
    if top.verdict == "fits":
        return top
    low = min(step, most)
    best = plan_of(low)
    if best.verdict != "fits":
        return None
    high, over = most, _spare(top)
    for _ in range(_MOST_TRIES):
        if high - low <= max(step, low // 128):
            break
        share = _spare(best) / max(1, _spare(best) - over)
        guess = low + int((high - low) * min(max(share, 0.02), 0.98))
        guess = (
            max(low + 1, guess - guess % step)
            if guess - guess % step > low
            else low + max(1, min(step, (high - low) // 2))
        )
        tried = plan_of(guess)
        if tried.verdict == "fits":
            low, best = guess, tried
        else:
            high, over = guess, _spare(tried)
    return best


def _spare(plan: Plan) -> int:
    return min((gpu.allowed - gpu.reserved_peak for gpu in plan.gpus), default=plan.ask.host_room - plan.host.peak)


def _chunked(ask: Ask, source: Source) -> Plan | None:
    """The largest prefill chunk that makes it fit, of those that leave the prompt in few enough pieces."""
    if ask.work.kind != "generate":
        return None
    for chunk in _CHUNKS:
        changed = ask.with_work(chunk=chunk)
        if chunk < (ask.work.chunk or ask.work.context) and changed.work.forwards <= _MOST_FORWARDS:
            plan = make_plan(changed, source)
            if plan.demand.method != "traced":
                return None  # it cannot be read in pieces
            if plan.verdict == "fits":
                return plan
    return None


def _raised(plan: Plan, source: Source) -> Plan | None:
    """The smallest limit, in steps of 0.01."""
    ask = plan.ask
    if not ask.limit or not ask.gpus:
        return None
    low, high = int(ask.limit * 100 + 1e-9) + 1, 100
    if low > high or make_plan(replace(ask, limit=1.0), source).verdict != "fits":
        return None
    while low < high:
        middle = (low + high) // 2
        fits = make_plan(replace(ask, limit=middle / 100), source).verdict == "fits"
        low, high = (low, middle) if fits else (middle + 1, high)
    return make_plan(replace(ask, limit=low / 100), source)
