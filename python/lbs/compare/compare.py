"""Two to six runs against the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypedDict

from lbs.compare.comparable import obstacle
from lbs.compare.differing import Line, lines
from lbs.compare.paired import Pairs, ScipyMissing, holm, pair
from lbs.compare.units import Items, common, group_means, units_of
from lbs.sentences import Sentence, SentenceJson, say


class GroupScore(TypedDict):
    """`group`: [length, depth] of a needle run, [subject] of C-Eval."""

    group: list[str]
    score: float


class Against(TypedDict):
    """One run against the baseline. `reason`: why nothing is paired, or why there is no p. `p_adjusted`: Holm's, over all runs
    of the comparison. `left_out`: items that are not paired. `differences`: other minus baseline, of the units that both
    have."""

    req_id: str
    pairs: dict[str, Any] | None
    p_adjusted: float | None
    reason: SentenceJson | None
    left_out: int
    differences: list[GroupScore]


class Compared(TypedDict):
    groups: list[list[GroupScore]]
    against: list[Against]
    lines: list[Line]


def compare(runs: Sequence[Mapping[str, Any]], items: Sequence[Items]) -> Compared:
    """`runs`: req_id, status, dataset, model, parameters and result of each, the baseline first; `items`: of each, by key."""
    against = [_against(runs[0], run, items[0], found) for run, found in zip(runs[1:], items[1:], strict=True)]
    adjusted = holm([None if pairs is None else pairs.p for _, pairs in against])
    for (one, pairs), p in zip(against, adjusted, strict=True):
        one["pairs"] = None if pairs is None else asdict(pairs)
        one["p_adjusted"] = p
    return {
        "groups": [_groups(group_means(units_of(found))) for found in items],
        "against": [one for one, _ in against],
        "lines": lines(runs),
    }


def _against(
    baseline: Mapping[str, Any], other: Mapping[str, Any], ours: Items, theirs: Items
) -> tuple[Against, Pairs | None]:
    found: Against = {
        "req_id": other["req_id"],
        "pairs": None,
        "p_adjusted": None,
        "reason": None,
        "left_out": 0,
        "differences": [],
    }
    mine, yours = common(ours, theirs)
    one, two = units_of(mine), units_of(yours)
    keys = sorted(one)
    reason = obstacle(baseline, other) or _nothing(ours, theirs, keys)
    if reason is not None:
        return {**found, "reason": reason.as_json()}, None
    before, after = [one[key].score for key in keys], [two[key].score for key in keys]
    try:
        pairs = pair(before, after)
    except ScipyMissing:
        pairs = pair(before, after, with_p=False)
        found["reason"] = say("compare.no_scipy").as_json()
    changed = {key: replace(one[key], score=two[key].score - one[key].score) for key in keys}
    left_out = len(ours.keys() | theirs.keys()) - len(mine)
    return {**found, "left_out": left_out, "differences": _groups(group_means(changed))}, pairs


def _nothing(ours: Items, theirs: Items, keys: Sequence[str]) -> Sentence | None:
    if not ours or not theirs:
        return say("compare.no_items")
    return None if keys else say("compare.no_common")


def _groups(means: Mapping[tuple[str, ...], float]) -> list[GroupScore]:
    return [{"group": list(group), "score": score} for group, score in means.items() if group]
