"""What is paired between two runs: one unit for each question, or for each cell of the needle grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Unit:
    """`score`: 0 to 1. `group`: the cell of a heat map, or the subject, that a difference is shown under."""

    score: float
    group: tuple[str, ...]


def units_of(items: Items) -> dict[str, Unit]:
    """By key. Repeats of a cell answer the same question with other facts and are not independent: they are one unit with
    their mean. Items without a score are left out."""
    found: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
    for key, item in items.items():
        score = item.get("score")
        if isinstance(score, bool) or not isinstance(score, int | float):
            continue
        found.setdefault(_unit(key, item), []).append((float(score), _group(item)))
    return {unit: Unit(sum(score for score, _ in scores) / len(scores), scores[0][1]) for unit, scores in found.items()}


def common(one: Items, other: Items) -> tuple[dict[str, Unit], dict[str, Unit]]:
    """The units of the items that both have, so that each unit has the same repeats on both sides."""
    keys = one.keys() & other.keys()
    return (
        units_of({key: item for key, item in one.items() if key in keys}),
        units_of({key: item for key, item in other.items() if key in keys}),
    )


def group_means(units: Mapping[str, Unit]) -> dict[tuple[str, ...], float]:
    groups: dict[tuple[str, ...], list[float]] = {}
    for unit in units.values():
        groups.setdefault(unit.group, []).append(unit.score)
    return {group: _mean(scores) for group, scores in groups.items()}


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


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
