"""What all parameters of benchmarks share. Without torch, so that an invalid submit is refused before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from lbs.sentences import Sentence, SentenceError, problem_of, say, short, unknown_problem

ParameterValues: TypeAlias = Mapping[str, Any]
"""As a client sent them, or as they were stored: foreign JSON."""

MOST_TOKENS = 100_000_000
"""Above any context, so that no number overflows on the way."""

_LISTED = 10


class InvalidParameters(SentenceError, ValueError):
    """A parameter that cannot be used."""


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    older_forms: ClassVar[Mapping[str, str]] = {}
    """Names that older scripts send, and the parameter that each sets."""

    @classmethod
    def names(cls) -> list[str]:
        return [*cls.model_fields, *cls.older_forms]

    @classmethod
    def read(cls, values: ParameterValues) -> Self:
        """Raises InvalidParameters, which names every problem."""
        given = {name for name, value in values.items() if value is not None}
        for old, new in cls.older_forms.items():
            if {old, new} <= given:
                raise InvalidParameters(say("benchmarks.parameter_twice", name=new, old=old))
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            problems = [cls._problem(dict(item)) for item in error.errors()]
            raise InvalidParameters(_join(problems)) from None

    @classmethod
    def _problem(cls, item: Mapping[str, Any]) -> Sentence:
        name = str(item["loc"][0]) if item["loc"] else "parameters"
        if item["type"] == "extra_forbidden":
            return say(
                "benchmarks.parameter_unknown",
                name=short(name),
                problem=unknown_problem(name, cls.names()),
                known=", ".join(cls.model_fields),
            )
        value = short(repr(item["input"]))
        return say("benchmarks.parameter_invalid", name=name, value=value, problem=problem_of(item))

    def changed(self, way: str, to: Any) -> ParameterValues:
        """The parameters with one way out of the plan applied, which is not a setting. Raises InvalidParameters."""
        raise InvalidParameters(say("benchmarks.not_changeable", way=way))


def _join(problems: list[Sentence]) -> Sentence:
    """Several sentences as one, each of them complete: ten, and how many more there are."""
    first, *rest = problems[:_LISTED]
    if len(problems) > _LISTED:
        rest.append(say("benchmarks.more_problems", count=len(problems) - _LISTED))
    for problem in rest:
        first = say("benchmarks.and_also", first=first, second=problem)
    return first
