"""`say("plan.no_config", path=...)` makes a sentence; `str()` of it is English, for the log and the API's `error`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias, Union

from typing_extensions import TypedDict  # pydantic reads it, and needs this one before Python 3.12

SentenceValue: TypeAlias = Union[str, int, float, "Sentence", Sequence[Union[str, "Sentence"]]]

_PREFIX = "lbs."
_VERBATIM = "verbatim"


class SentenceJson(TypedDict):
    """The shape of `Sentence` in the panel's contract."""

    code: str
    values: dict[str, object]
    text: str


@dataclass(frozen=True)
class Sentence:
    """`code` is `room.name`; the panel knows it as `lbs.room.name`."""

    code: str
    values: Mapping[str, SentenceValue]
    text: str

    def __str__(self) -> str:
        return self.text

    def as_json(self) -> SentenceJson:
        code = self.code if self.code == _VERBATIM else f"{_PREFIX}{self.code}"
        return {
            "code": code,
            "values": {name: _as_json(value) for name, value in self.values.items()},
            "text": self.text,
        }

    @classmethod
    def from_json(cls, value: object) -> Sentence:
        """What `as_json` made. Raises ValueError."""
        match value:
            case {"code": str(code), "values": dict(values), "text": str(text)}:
                parts = {str(name): _from_json(part) for name, part in values.items()}
                return cls(code.removeprefix(_PREFIX), parts, text)
        raise ValueError("a sentence has a code, values and a text")


def say(code: str, /, **values: SentenceValue) -> Sentence:
    """Raises KeyError for an unknown code or a missing value."""
    room, name = code.split(".", 1)
    template = _templates(room)[name]
    return Sentence(code, values, template.format_map({key: _english(value) for key, value in values.items()}))


def verbatim(text: str) -> Sentence:
    """Text that is not ours, such as an error of a library: shown as it is in every language."""
    return Sentence(_VERBATIM, {}, text)


def as_sentence(text: Sentence | str) -> Sentence:
    return text if isinstance(text, Sentence) else verbatim(text)


def short(text: str, most: int = 200) -> str:
    """Foreign text in a sentence of ours: a path or a name of any length keeps its start and its end."""
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-most // 2 :]}"


def sentence_of(error: BaseException) -> Sentence:
    """The sentence that an error was raised with; the text of one that has none, as it is."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Sentence) else verbatim(str(error))


@cache
def _templates(room: str) -> dict[str, str]:
    path = Path(__file__).parent / "en" / f"{room}.json"
    templates: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return templates


def _english(value: SentenceValue) -> str | int | float:
    if isinstance(value, (str, int, float)):
        return value
    return value.text if isinstance(value, Sentence) else _joined([str(part) for part in value])


def _joined(parts: list[str]) -> str:
    """Whole sentences follow each other, other items are separated."""
    return (" " if all(part.endswith(".") for part in parts) else ", ").join(parts)


def _as_json(value: SentenceValue) -> object:
    if isinstance(value, Sentence):
        return value.as_json()
    if isinstance(value, (str, int, float)):
        return value
    return [part if isinstance(part, str) else part.as_json() for part in value]


def _from_json(value: object) -> SentenceValue:
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, list):
        return [part if isinstance(part, str) else Sentence.from_json(part) for part in value]
    return Sentence.from_json(value)
