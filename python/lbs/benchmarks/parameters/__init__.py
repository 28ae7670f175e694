"""Which data sets there are and what a run on one may ask for. Without torch: server and worker read the same."""

from __future__ import annotations

from typing import Any

from lbs.benchmarks.parameters.base import InvalidParameters, Parameters
from lbs.benchmarks.parameters.ceval import CEvalParameters
from lbs.benchmarks.parameters.needle import TASK_TYPES, Language, NeedleParameters, TaskType

__all__ = [
    "CEVAL",
    "NEEDLE",
    "TASK_TYPES",
    "CEvalParameters",
    "InvalidParameters",
    "Language",
    "NeedleParameters",
    "Parameters",
    "TaskType",
    "read_parameters",
]

NEEDLE = "NeedleInAHaystack"
CEVAL = "C-Eval"
_KINDS: dict[str, tuple[type[Parameters], str]] = {
    NEEDLE: (NeedleParameters, "task_types"),
    CEVAL: (CEvalParameters, "subjects"),
}
"""By set: its parameters, and the one that names its members."""


def read_parameters(dataset: str, values: dict[str, Any]) -> Parameters:
    """`dataset`: "Set/member"; a member alone is asked for unless the values say otherwise. Fails with InvalidParameters."""
    name, _, member = dataset.partition("/")
    kind, members = _KINDS[name]
    chosen = {members: [member]} if member and member != name else {}
    return kind.read({**chosen, **values})
