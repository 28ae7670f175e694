"""What a person should know about a result: what was left out, halved or continued, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from lbs.sentences import Sentence, SentenceJson


class Notes(TypedDict):
    """Part of every result: the same sentences as English text and as JSON."""

    notes: list[str]
    note_sentences: list[SentenceJson]


def notes_json(notes: Sequence[Sentence]) -> Notes:
    return {"notes": [note.text for note in notes], "note_sentences": [note.as_json() for note in notes]}


def add_note(result: dict[str, Any], note: Sentence) -> None:
    """To the result of any benchmark."""
    result["notes"].append(note.text)
    result["note_sentences"].append(note.as_json())
