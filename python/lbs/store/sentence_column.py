"""A sentence in two columns: its English text, and the whole of it as JSON, which older versions did not store."""

from __future__ import annotations

import json

from lbs.sentences import Sentence, verbatim


def write_sentence(sentence: Sentence) -> tuple[str, str]:
    return str(sentence), json.dumps(sentence.as_json(), ensure_ascii=False)


def read_sentence(text: str, stored: str | None) -> Sentence:
    return verbatim(text) if stored is None else Sentence.from_json(json.loads(stored))
