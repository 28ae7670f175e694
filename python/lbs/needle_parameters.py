"""What a NeedleInAHaystack run may ask for. Without torch, so that a bad submit is refused before a model is touched."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

TaskType = Literal["single_needle_retrieval", "multi_needle_retrieval"]
Language = Literal["English", "Chinese"]
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)

Length = Annotated[int, Field(gt=0)]
Depth = Annotated[float, Field(ge=0, le=100)]


class InvalidParameters(ValueError):
    """A parameter that cannot be used; the message is a sentence for the person."""


class NeedleParameters(BaseModel):
    """`context_lengths` in tokens, `depths` in percent of the haystack. None: the run chooses and says what it chose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_lengths: list[Length] | None = Field(default=None, min_length=1)
    depths: list[Depth] | None = Field(default=None, min_length=1)
    task_types: list[TaskType] | None = Field(default=None, min_length=1)
    num_needles: int = Field(default=1, gt=0, le=20)
    language: Language = "English"
    haystack: str | None = None
    max_new_tokens: int = Field(default=32, gt=0, le=4096)
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _old_single_forms(cls, values: Any) -> Any:
        """Scripts from before send one `context_length` and one `depth_percent`."""
        if not isinstance(values, dict):
            return values
        values = {name: value for name, value in values.items() if value is not None}
        for old, new in (("context_length", "context_lengths"), ("depth_percent", "depths")):
            if old in values:
                single = values.pop(old)
                values.setdefault(new, [single])
        return values

    @classmethod
    def read(cls, values: dict[str, Any]) -> NeedleParameters:
        """Fails with InvalidParameters, one sentence per problem."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InvalidParameters(" ".join(_sentence(item) for item in error.errors())) from None


def _sentence(item: Any) -> str:
    name = str(item["loc"][0]) if item["loc"] else "parameters"
    if item["type"] == "extra_forbidden":
        known = ", ".join(NeedleParameters.model_fields)
        return f"The parameter {name} is not known; there are {known}."
    message = str(item["msg"])
    return f"The parameter {name} is {item['input']!r}: {message[:1].lower()}{message[1:]}."
