"""What a person should know about a result: what was left out, halved or continued, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from lbs.benchmarks.parameters import KvCache
from lbs.sentences import Sentence, SentenceJson, say


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


def effect_of_chunks(kv_cache: KvCache) -> Sentence:
    """What prefill chunks do to answers: later chunks read what a quantized cache has rounded by the scales of the first one."""
    return say("benchmarks.quantized_in_chunks") if kv_cache == "quantized" else say("benchmarks.same_in_chunks")
