"""What every benchmark's parameters can do. Without torch, so that a bad submit is refused before a model is touched."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError


class InvalidParameters(ValueError):
    """A parameter that cannot be used; the message is a sentence for the person."""


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Fails with InvalidParameters, one sentence per problem."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InvalidParameters(" ".join(cls._sentence(item) for item in error.errors())) from None

    @classmethod
    def _sentence(cls, item: Any) -> str:
        name = str(item["loc"][0]) if item["loc"] else "parameters"
        if item["type"] == "extra_forbidden":
            return f"The parameter {name} is not known; there are {', '.join(cls.model_fields)}."
        message = str(item["msg"])
        return f"The parameter {name} is {item['input']!r}: {message[:1].lower()}{message[1:]}."

    def changed(self, way: str, to: Any) -> dict[str, Any]:
        """The parameters as a way out of the plan has them (`context`, `batch` or `chunk`). Fails with InvalidParameters."""
        raise InvalidParameters(f"{way} is nothing that this run could change: limit and dtype are settings.")
