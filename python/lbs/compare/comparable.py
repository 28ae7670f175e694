"""Whether two runs ask the same: a paired test of other questions would be a false one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lbs.sentences import Sentence, say

_WHAT_IT_ASKS = ("definition", "variant", "scoring", "shots", "split")
"""Fields of a result."""
_HOW_IT_RUNS = frozenset(
    {"batch_size", "prefill_chunk", "kv_cache", "repeats", "thinking", "thinking_budget", "max_new_tokens"}
)
"""Parameters that change memory, speed or how the model answers, not the questions."""


def obstacle(baseline: Mapping[str, Any], other: Mapping[str, Any]) -> Sentence | None:
    """Both: `dataset`, `parameters` and `result`. None where their items can be paired."""
    if baseline["dataset"] != other["dataset"]:
        return say("compare.datasets", one=baseline["dataset"], other=other["dataset"])
    for name in _WHAT_IT_ASKS:
        one, two = ((run["result"] or {}).get(name) for run in (baseline, other))
        if one != two:
            return say("compare.definition", name=name)
    parameters = [
        {name: value for name, value in run["parameters"].items() if name not in _HOW_IT_RUNS}
        for run in (baseline, other)
    ]
    # Fewer lengths or depths are a part of the same grid: what both have is paired.
    for name in sorted(parameters[0].keys() | parameters[1].keys()):
        one, two = parameters[0].get(name), parameters[1].get(name)
        if one != two and not (isinstance(one, list | None) and isinstance(two, list | None)):
            return say("compare.parameter", name=name)
    return None
