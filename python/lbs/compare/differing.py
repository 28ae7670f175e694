"""The settings, versions and figures of each run by name, so that a page can show only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

Value = str | int | float | bool | None


class Line(TypedDict):
    """`section`: model, settings, parameters, versions. `values`: one for each run; None where it has none."""

    section: str
    name: str
    values: list[Value]
    differs: bool


_SECTIONS = ("settings", "parameters", "versions")


def lines(runs: Sequence[Mapping[str, Any]]) -> list[Line]:
    found = [
        _line("model", "model", [run["model"] for run in runs]),
        _line("model", "model_hash", [_provenance(run).get("model_hash") for run in runs]),
        _line("model", "dtype", [(run["result"] or {}).get("dtype") for run in runs]),
    ]
    for section in _SECTIONS:
        parts = [_section(run, section) for run in runs]
        names = dict.fromkeys(name for part in parts for name in part)
        found += [_line(section, name, [part.get(name) for part in parts]) for name in names]
    return [line for line in found if any(value is not None for value in line["values"])]


def _section(run: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    values = run["parameters"] if section == "parameters" else _provenance(run).get(section)
    return values if isinstance(values, Mapping) else {}


def _provenance(run: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (run["result"] or {}).get("provenance")
    return found if isinstance(found, Mapping) else {}


def _line(section: str, name: str, values: Sequence[object]) -> Line:
    shown = [_shown(value) for value in values]
    return {"section": section, "name": name, "values": shown, "differs": any(one != shown[0] for one in shown)}


def _shown(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
