"""What a table of runs shows of a result, which may have megabytes: taken from it once, when it is stored."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Summary:
    """Columns of a run, in the order of the schema. Peaks in bytes, of all GPUs together; `gpu_limit` as it was set;
    `tokens_per_second` of decoding; `score_error`: one standard error."""

    score: float | None = None
    score_error: float | None = None
    score_name: str | None = None
    tokens_per_second: float | None = None
    predicted_peak: int | None = None
    measured_peak: int | None = None
    gpu_limit: str | None = None
    dtype: str | None = None
    offloaded: int = 0


COLUMNS = tuple(field.name for field in fields(Summary))
UPDATE = ", ".join(
    f"{name}=max(?, {name})" if name == "offloaded" else f"{name}=coalesce(?, {name})" for name in COLUMNS
)
"""What is known stays where the new values say nothing of it."""
Values = tuple[float | int | str | None, ...]


def values_of(summary: Summary) -> Values:
    return astuple(summary)


def summary_of(result: object, incident: object = None) -> Summary:
    """Of any result, of older versions and other benchmarks too: what it does not have is None. `incident`: the evidence of a
    run that failed, which has no result."""
    if isinstance(result, Mapping):
        return _of_result(result)
    return _of_incident(incident) if isinstance(incident, Mapping) else Summary()


def fill(db: sqlite3.Connection) -> None:
    """Sets the columns of all runs from what is stored of them."""
    for (req_id,) in db.execute("SELECT req_id FROM runs").fetchall():
        result, details = db.execute(
            "SELECT result, (SELECT details FROM incidents WHERE id=?1) FROM runs WHERE req_id=?1", (req_id,)
        ).fetchone()
        found = summary_of(_loads(result), _loads(details))
        if found != Summary():
            db.execute(f"UPDATE runs SET {UPDATE} WHERE req_id=?", (*values_of(found), req_id))


def _loads(text: str | None) -> object:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None  # kept as it is


def _of_result(result: Mapping[str, Any]) -> Summary:
    name, score = _score(result)
    performance = _object(result.get("performance"))
    return replace(
        _of_plan(result.get("plan")),
        score=score,
        score_error=None if score is None else _score_error(result),
        score_name=name,
        tokens_per_second=_number(performance.get("decode_tokens_per_second")),
        predicted_peak=_bytes(result.get("predicted_peak")),
        measured_peak=_measured(result),
        gpu_limit=_limit(result),
        dtype=_text(result.get("dtype")) or _of_plan(result.get("plan")).dtype,
        offloaded=int((_number(result.get("offload")) or 0) > 0),
    )


def _of_incident(details: Mapping[str, Any]) -> Summary:
    gpus = details.get("gpus")
    peaks = [_bytes(_object(gpu).get("peak")) for gpu in gpus] if isinstance(gpus, list) else []
    known = [peak for peak in peaks if peak is not None]
    return replace(_of_plan(details.get("plan")), measured_peak=sum(known) if known else None)


def _of_plan(plan: object) -> Summary:
    found = _object(plan)
    return Summary(
        predicted_peak=_bytes(found.get("total")),
        gpu_limit=_text(found.get("limit_text")),
        dtype=_text(found.get("dtype")),
    )


def _score(result: Mapping[str, Any]) -> tuple[str | None, float | None]:
    """The first of the names under which clients look for it."""
    for name in ("accuracy", "score", "avg_score"):
        if (found := _number(result.get(name))) is not None:
            return name, found
    nested = (("metrics", "score"), ("overall_statistics", "avg_score"))
    for outer, inner in nested:
        if (found := _number(_object(result.get(outer)).get(inner))) is not None:
            return inner, found
    return None, None


def _score_error(result: Mapping[str, Any]) -> float | None:
    overall = _object(_object(result.get("averages")).get("overall"))
    found = _number(overall.get("stderr"))
    return found if found is not None else _number(_object(result.get("overall_statistics")).get("stderr"))


def _measured(result: Mapping[str, Any]) -> int | None:
    peaks = [_bytes(peak) for peak in _object(result.get("peak_memory")).values()]
    known = [peak for peak in peaks if peak is not None]
    return sum(known) if known else _bytes(result.get("cpu_peak"))


def _limit(result: Mapping[str, Any]) -> str | None:
    if text := _of_plan(result.get("plan")).gpu_limit:
        return text
    value = _object(result.get("settings")).get("LBS_GPU_MEMORY_LIMIT")
    number = _number(value)
    return _text(value) if number is None else f"{number:g}"


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    """Finite, and not a truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _bytes(value: object) -> int | None:
    number = _number(value)
    return None if number is None or not 0 <= number < 1 << 62 else int(number)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
