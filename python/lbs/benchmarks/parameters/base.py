"""What all parameters of benchmarks share. Without torch, so that an invalid submit is refused before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from lbs.sentences import Sentence, SentenceError, problem_of, say

ParameterValues: TypeAlias = Mapping[str, Any]
"""As a client sent them, or as they were stored: foreign JSON."""


class InvalidParameters(SentenceError, ValueError):
    """A parameter that cannot be used."""


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, values: ParameterValues) -> Self:
        """Raises InvalidParameters, which names every problem."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            problems = [cls._problem(dict(item)) for item in error.errors()]
            raise InvalidParameters(_join(problems)) from None

    @classmethod
    def _problem(cls, item: Mapping[str, Any]) -> Sentence:
        name = str(item["loc"][0]) if item["loc"] else "parameters"
        if item["type"] == "extra_forbidden":
            return say("benchmarks.parameter_unknown", name=name, known=", ".join(cls.model_fields))
        return say("benchmarks.parameter_invalid", name=name, value=repr(item["input"]), problem=problem_of(item))

    def changed(self, way: str, to: Any) -> ParameterValues:
        """The parameters with one way out of the plan applied: context, batch or chunk. Raises InvalidParameters."""
        raise InvalidParameters(say("benchmarks.not_changeable", way=way))


def _join(problems: list[Sentence]) -> Sentence:
    """Several sentences as one, each of them complete."""
    first, *rest = problems
    for problem in rest:
        first = say("benchmarks.and_also", first=first, second=problem)
    return first
