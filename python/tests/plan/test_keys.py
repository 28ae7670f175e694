"""What belongs to a question belongs to the keys under which its answers are kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lbs.plan import Workload, trace_cache
from lbs.plan.curves.family import family_of
from lbs.plan.trace_types import TraceRequest
from lbs.plan.workload import WorkloadFields

OTHER_WORK: dict[str, Any] = {
    "context": 512,
    "batch": 3,
    "new_tokens": 2,
    "kind": "choose",
    "chunk": 64,
    "padded": True,
    "kv_cache": "quantized",
}
BETWEEN_KNOTS = {"context", "native", "works", "scripts", "exact"}
"""A family has one curve for all of these, or passes them on."""


@pytest.fixture
def request_here(tmp_path: Path) -> TraceRequest:
    (tmp_path / "config.json").write_text("{}")
    return {
        "path": str(tmp_path / "config.json"),
        "dtype": "bfloat16",
        "kernels": "sm_80",
        "trust_remote_code": False,
        "native": False,
        "works": [Workload(256).as_json()],
    }


def others(request: TraceRequest, folder: Path) -> dict[str, TraceRequest]:
    """Requests that differ in one thing each, by its name."""
    (folder / "other.json").write_text('{"a": 1}')
    (work,) = request["works"]
    changes: dict[str, Any] = {
        "path": str(folder / "other.json"),
        "dtype": "float16",
        "kernels": "sm_70",
        "trust_remote_code": True,
        "native": True,
        "scripts": True,
        "exact": True,
        "works": [work, work],
    }
    assert set(changes) == set(TraceRequest.__annotations__)
    assert set(OTHER_WORK) == set(WorkloadFields.__annotations__)
    found: dict[str, Any] = {name: {**request, name: value} for name, value in changes.items()}
    for name, value in OTHER_WORK.items():
        found[f"work.{name}"] = {**request, "works": [{**work, name: value}]}
    return found


def test_a_request_that_differs_in_one_thing_has_an_answer_of_its_own(
    request_here: TraceRequest, tmp_path: Path
) -> None:
    keys = [trace_cache._key(one) for one in (request_here, *others(request_here, tmp_path).values())]
    assert len(set(keys)) == len(keys)


def test_a_request_that_differs_in_one_thing_has_curves_of_its_own(request_here: TraceRequest, tmp_path: Path) -> None:
    family = family_of(request_here, Workload(256))
    for name, other in others(request_here, tmp_path).items():
        same = family_of(other, Workload(**other["works"][0])) == family
        assert same == (name.removeprefix("work.") in BETWEEN_KNOTS), name


def test_answers_of_other_code_are_not_used() -> None:
    """Our code that a trace runs is part of the key, but for what only moves text."""
    files = [file for room in trace_cache._ROOMS for file in (trace_cache._LBS / room).rglob("*.py")]
    rooms = {room for file in files for room in re.findall(r"^from lbs\.(\w+)", file.read_text("utf-8"), re.MULTILINE)}
    assert rooms - {"sentences", "settings", "protocol"} == {*trace_cache._ROOMS} - {"plan"}
