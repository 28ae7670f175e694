"""The datasets, and what a run on one may ask for. Without torch: server and worker share it."""

from __future__ import annotations

from collections.abc import Mapping

from lbs.benchmarks.parameters.base import MOST_TOKENS, InvalidParameters, Parameters, ParameterValues
from lbs.benchmarks.parameters.ceval import CEvalParameters, Scoring, Variant
from lbs.benchmarks.parameters.ceval_subjects import CATEGORIES, CATEGORY_OF, CHINESE_NAMES, HARD, subject_key
from lbs.benchmarks.parameters.chat import TemplateValues, ThinkingParameters
from lbs.benchmarks.parameters.generating import GeneratingParameters
from lbs.benchmarks.parameters.kv_cache import KV_CACHES, KvCache
from lbs.benchmarks.parameters.needle import TASK_TYPES, Language, NeedleParameters, Profile, TaskType, ValueType

__all__ = [
    "CATEGORIES",
    "CATEGORY_OF",
    "CEVAL",
    "CHINESE_NAMES",
    "DATASETS",
    "HARD",
    "KV_CACHES",
    "MOST_TOKENS",
    "NEEDLE",
    "TASK_TYPES",
    "CEvalParameters",
    "GeneratingParameters",
    "InvalidParameters",
    "KvCache",
    "Language",
    "NeedleParameters",
    "ParameterValues",
    "Parameters",
    "Profile",
    "Scoring",
    "TaskType",
    "TemplateValues",
    "ThinkingParameters",
    "ValueType",
    "Variant",
    "parameter_names",
    "read_parameters",
    "subject_key",
]

NEEDLE = "NeedleInAHaystack"
CEVAL = "C-Eval"
_KINDS: Mapping[str, tuple[type[Parameters], str]] = {
    NEEDLE: (NeedleParameters, "task_types"),
    CEVAL: (CEvalParameters, "subjects"),
}
"""By dataset: its parameters, and the one of them that selects members."""
DATASETS = [*_KINDS]


def parameter_names(name: str) -> list[str]:
    """The names that a run on the set `name` may give, older forms included."""
    return _KINDS[name][0].names()


def read_parameters(dataset: str, values: ParameterValues) -> Parameters:
    """`dataset`: "Set/member"; selects that member alone unless the values select others. Raises InvalidParameters."""
    name, _, member = dataset.partition("/")
    kind, selector = _KINDS[name]
    selected = {selector: [member]} if member and member != name else {}
    return kind.read({**selected, **values})
