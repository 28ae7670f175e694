"""Whether two runs ask the same: a paired test of other questions would be a false one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from lbs.benchmarks.parameters import DATASETS, InvalidParameters, read_parameters
from lbs.sentences import Sentence, say, short

_WHAT_IT_ASKS = ("definition", "variant", "scoring", "shots", "split")
"""Fields of a result."""
_HOW_IT_RUNS = frozenset(
    {
        *("batch_size", "prefill_chunk", "kv_cache", "max_new_tokens"),
        *("enable_thinking", "thinking_budget", "chat_template_kwargs"),
        *("repeats", "limit"),
    }
)
"""Parameters that change memory, speed, how the model answers, or how many of the same questions are asked."""


def obstacle(baseline: Mapping[str, Any], other: Mapping[str, Any]) -> Sentence | None:
    """Both: `req_id`, `status`, `dataset`, `parameters` and `result`. None where their items can be paired."""
    for run in (baseline, other):
        if run["status"] != "completed":
            return say("compare.unfinished", run=short(run["req_id"]))
    if _set_of(baseline) != _set_of(other):
        return say("compare.datasets", one=baseline["dataset"], other=other["dataset"])
    for name in _WHAT_IT_ASKS:
        one, two = ((run["result"] or {}).get(name) for run in (baseline, other))
        if one != two:
            return say("compare.definition", name=name)
    # Fewer lengths, depths or subjects are a part of the same set: what both have is paired.
    parameters = [_asked(run) for run in (baseline, other)]
    for name in sorted(parameters[0].keys() | parameters[1].keys()):
        one, two = parameters[0].get(name), parameters[1].get(name)
        if one != two and not (isinstance(one, list | None) and isinstance(two, list | None)):
            return say("compare.parameter", name=name)
    return None


def _set_of(run: Mapping[str, Any]) -> str:
    """Without the member: a run on one member asks a part of what a run on the set asks."""
    return str(run["dataset"]).partition("/")[0]


def _asked(run: Mapping[str, Any]) -> dict[str, Any]:
    """With defaults, which older versions did not store."""
    values = run["parameters"]
    if _set_of(run) in DATASETS:
        # Those of another version are compared as they are stored.
        with contextlib.suppress(InvalidParameters):
            values = read_parameters(_set_of(run), values).model_dump()
    return {name: value for name, value in values.items() if name not in _HOW_IT_RUNS}
