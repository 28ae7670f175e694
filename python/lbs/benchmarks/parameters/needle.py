"""What a NeedleInAHaystack run may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from lbs.benchmarks.parameters.base import MOST_TOKENS, InvalidParameters, ParameterValues
from lbs.benchmarks.parameters.generating import GeneratingParameters
from lbs.sentences import say

TaskType = Literal["single_needle_retrieval", "multi_needle_retrieval"]
Language = Literal["English", "Chinese"]
Profile = Literal["needlebench-v2", "original"]
ValueType = Literal["numbers", "uuids"]
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)

_MOST_TESTS = 10_000

Length = Annotated[int, Field(gt=0, le=MOST_TOKENS)]
Depth = Annotated[float, Field(ge=0, le=100)]


class NeedleParameters(GeneratingParameters):
    """`context_lengths`: prompts, in tokens; `depths`: in percent of the haystack. None: the run chooses, and its result says
    what. `profile`: whose placement and lengths; `repeats`: of each cell, with fresh facts; `value_type`: what a fact tells;
    `max_new_tokens`: of an answer, None for as many as the facts need."""

    older_forms: ClassVar[Mapping[str, str]] = {"context_length": "context_lengths", "depth_percent": "depths"}

    context_lengths: list[Length] | None = Field(default=None, min_length=1)
    depths: list[Depth] | None = Field(default=None, min_length=1)
    task_types: list[TaskType] | None = Field(default=None, min_length=1)
    num_needles: int = Field(default=1, gt=0, le=20)
    language: Language = "English"
    haystack: str | None = None
    profile: Profile = "needlebench-v2"
    repeats: int = Field(default=1, gt=0, le=100)
    value_type: ValueType = "numbers"
    max_new_tokens: int | None = Field(default=None, gt=0, le=4096)
    seed: int = Field(default=0, ge=-(2**53), le=2**53)

    @classmethod
    def read(cls, values: ParameterValues) -> Self:
        found = super().read(values)
        count = found.repeats * len(found.task_types or TASK_TYPES)
        count *= len(found.context_lengths or ()) or 1
        count *= len(found.depths or ()) or 1
        if count > _MOST_TESTS:
            raise InvalidParameters(say("benchmarks.too_many_tests", count=count, most=_MOST_TESTS))
        return found

    @model_validator(mode="before")
    @classmethod
    def _old_single_forms(cls, values: Any) -> Any:
        """Older scripts send one `context_length` and one `depth_percent`."""
        if not isinstance(values, dict):
            return values
        values = {name: value for name, value in values.items() if value is not None}
        for old, new in cls.older_forms.items():
            if old in values:
                values[new] = [values.pop(old)]
        return values

    def changed(self, way: str, to: Any) -> ParameterValues:
        """A context replaces all longer ones."""
        if way == "context" and self.context_lengths:
            shorter = [length for length in self.context_lengths if length < to]
            return {**self.model_dump(exclude_none=True), "context_lengths": [*shorter, to]}
        return super().changed(way, to)
