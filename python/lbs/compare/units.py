"""What is paired between two runs: one unit for each question, or for each cell of the needle grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Items = Mapping[str, Mapping[str, Any]]

_EXPECTED = ("answer", "expected_keys", "expected_needle")
"""What an item asks for: two items of one key that ask for something else are not one question."""


@dataclass(frozen=True)
class Unit:
    """`score`: 0 to 1. `group`: the cell of a heat map, or the subject, that a difference is shown under."""

    score: float
    group: tuple[str, ...]


def items_of(result: Mapping[str, Any] | None) -> Items:
    """Those of a result, by the key under which the store has them while it keeps them; a result keeps them for good. Empty
    where it has none that can be told apart."""
    tests = (result or {}).get("tests")
    found = {_key(test): test for test in tests if isinstance(test, Mapping)} if isinstance(tests, list) else {}
    return found if tests and len(found) == len(tests) and "" not in found else {}


def _key(test: Mapping[str, Any]) -> str:
    try:
        if _is_needle(test):
            repeat = test.get("repeat", 0)
            return f"{test['task_type']}|{test['context_length']}|{test['depth_percent']:g}|{repeat}"
        return str(test["key"])
    except (KeyError, TypeError, ValueError):
        return ""


def units_of(items: Items) -> dict[str, Unit]:
    """By key. Repeats of a cell answer the same question with other facts and are not independent: they are one unit with
    their mean. Items without a score are left out."""
    found: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
    for key, item in items.items():
        if _is_scored(item):
            found.setdefault(_unit(key, item), []).append((float(item["score"]), _group(item)))
    return {unit: Unit(sum(score for score, _ in scores) / len(scores), scores[0][1]) for unit, scores in found.items()}


def common(one: Items, other: Items) -> tuple[Items, Items]:
    """The items that both have scored and that ask for the same, so that each unit has the same repeats on both sides."""
    keys = [key for key in one if key in other and _is_pair(one[key], other[key])]
    return {key: one[key] for key in keys}, {key: other[key] for key in keys}


def group_means(units: Mapping[str, Unit]) -> dict[tuple[str, ...], float]:
    groups: dict[tuple[str, ...], list[float]] = {}
    for unit in units.values():
        groups.setdefault(unit.group, []).append(unit.score)
    return {group: _mean(scores) for group, scores in groups.items()}


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _is_pair(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    asks_same = all(one[name] == other[name] for name in _EXPECTED if name in one and name in other)
    return asks_same and _is_scored(one) and _is_scored(other)


def _is_scored(item: Mapping[str, Any]) -> bool:
    score = item.get("score")
    return isinstance(score, int | float) and not isinstance(score, bool)


def _is_needle(item: Mapping[str, Any]) -> bool:
    return "context_length" in item and "depth_percent" in item


def _unit(key: str, item: Mapping[str, Any]) -> str:
    if _is_needle(item) and "|" in key:
        return key.rsplit("|", 1)[0]  # without the repeat
    return key


def _group(item: Mapping[str, Any]) -> tuple[str, ...]:
    if _is_needle(item):
        return (f"{item['context_length']}", f"{item['depth_percent']:g}")
    subject = item.get("subject")
    return (str(subject),) if subject is not None else ()
