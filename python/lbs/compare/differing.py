"""The settings, versions and figures of each run by name, so that a page can show only what differs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

Value = str | int | float | bool | None


class Line(TypedDict):
    """`section`: run, settings, parameters, versions. `values`: one for each run; None where it has none."""

    section: str
    name: str
    values: list[Value]
    differs: bool


_OF_THE_RESULT = ("model_hash", "dtype", "quantization", "kv_cache", "prefill_chunk_size", "batch_size", "offload")
_OF_THE_PROMPT = {"kind": "prompt", "template": "chat_template_hash", "date": "prompt_date"}
_SECTIONS = ("settings", "parameters", "versions")


def lines(runs: Sequence[Mapping[str, Any]]) -> list[Line]:
    results = [_object(run["result"]) for run in runs]
    prompts = [_object(result.get("prompt")) for result in results]
    found = [
        _line("run", "model", [run["model"] for run in runs]),
        _line("run", "dataset", [run["dataset"] for run in runs]),
        *(_line("run", name, [result.get(name) for result in results]) for name in _OF_THE_RESULT),
        *(_line("run", name, [prompt.get(field) for prompt in prompts]) for field, name in _OF_THE_PROMPT.items()),
    ]
    for section in _SECTIONS:
        parts = [
            _object(run["parameters"] if section == "parameters" else _object(run["result"]).get(section))
            for run in runs
        ]
        names = dict.fromkeys(name for part in parts for name in part)
        found += [_line(section, name, [part.get(name) for part in parts]) for name in names]
    return [line for line in found if any(value is not None for value in line["values"])]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _line(section: str, name: str, values: Sequence[object]) -> Line:
    shown = [_shown(value) for value in values]
    return {"section": section, "name": name, "values": shown, "differs": any(one != shown[0] for one in shown)}


def _shown(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False)
