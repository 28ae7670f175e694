"""`say("plan.no_config", path=...)` makes a sentence; `str()` of it is English, for the log and the API's `error`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, Union

SentenceValue: TypeAlias = Union[str, int, float, "Sentence", Sequence[Union[str, "Sentence"]]]


@dataclass(frozen=True)
class Sentence:
    """`code` is `room.name`; the panel knows it as `lbs.room.name`."""

    code: str
    values: Mapping[str, SentenceValue]
    text: str

    def __str__(self) -> str:
        return self.text

    def as_json(self) -> dict[str, Any]:
        """The shape of `Sentence` in the panel's contract."""
        code = self.code if self.code == "verbatim" else f"lbs.{self.code}"
        return {
            "code": code,
            "values": {name: _as_json(value) for name, value in self.values.items()},
            "text": self.text,
        }


def say(code: str, **values: SentenceValue) -> Sentence:
    """Raises KeyError for an unknown code or a missing value."""
    room, name = code.split(".", 1)
    template = _templates(room)[name]
    return Sentence(code, values, template.format_map({key: _english(value) for key, value in values.items()}))


def verbatim(text: str) -> Sentence:
    """Text that is not ours, such as an error of a library: shown as it is in every language."""
    return Sentence("verbatim", {}, text)


@cache
def _templates(room: str) -> dict[str, str]:
    path = Path(__file__).parent / "en" / f"{room}.json"
    templates: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return templates


def _english(value: SentenceValue) -> str | int | float:
    if isinstance(value, (str, int, float)):
        return value
    return value.text if isinstance(value, Sentence) else ", ".join(str(part) for part in value)


def _as_json(value: SentenceValue) -> Any:
    if isinstance(value, Sentence):
        return value.as_json()
    if isinstance(value, (str, int, float)):
        return value
    return [part if isinstance(part, str) else part.as_json() for part in value]
