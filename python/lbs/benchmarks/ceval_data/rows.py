"""The rows of one file, CSV or JSON lines, in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lbs.benchmarks.parameters import InvalidParameters
from lbs.sentences import say

LETTERS = ("A", "B", "C", "D")
_MOST_BYTES = 64 << 20
_COLUMNS = ("question", *LETTERS)
_NO_ANSWER = ("", "NULL", "NONE", "NAN")

Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """`number`: of the line in JSON lines, of the record in CSV, from 1. `answer`: None where the file gives none."""

    number: int
    question: str
    choices: tuple[str, ...]
    answer: str | None
    subject_name: str | None


def read_rows(file: Path) -> list[Row]:
    """Raises InvalidParameters, which names the file and the line."""
    text = _decode(file)
    records = _csv(file, text) if file.suffix.lower() == ".csv" else _json_lines(file, text)
    return [_row(file, number, fields) for number, fields in records]


def _decode(file: Path) -> str:
    try:
        size = file.stat().st_size
        if size > _MOST_BYTES:
            raise InvalidParameters(say("ceval.file_large", file=str(file), most=_MOST_BYTES >> 20))
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidParameters(say("ceval.unreadable", file=str(file), error=reason)) from None
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ["utf-16"] if utf16 else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidParameters(say("ceval.encoding", file=str(file)))


def _csv(file: Path, text: str) -> Iterator[tuple[int, Fields]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = {name: _column(name) for name in reader.fieldnames or () if name}
        missing = [name for name in _COLUMNS if name not in names.values()]
        if missing:
            raise InvalidParameters(say("ceval.columns", file=str(file), missing=", ".join(missing)))
        for number, record in enumerate(reader, 1):
            if any(record.values()):
                yield number, {names[name]: value for name, value in record.items() if name in names}
    except csv.Error as error:
        line = reader.line_num
        raise InvalidParameters(say("ceval.csv", line=line, file=str(file), error=str(error))) from None


def _column(name: str) -> str:
    """Headers differ in case and in spaces."""
    folded = name.strip().casefold()
    return folded.upper() if folded.upper() in LETTERS else folded


def _json_lines(file: Path, text: str) -> Iterator[tuple[int, Fields]]:
    # Not splitlines(): a JSON string may contain U+2028, which that would split.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise InvalidParameters(say("ceval.not_a_question", line=number, file=str(file)))
        yield number, fields


def _row(file: Path, number: int, fields: Fields) -> Row:
    texts = [_text(fields.get(name)) for name in _COLUMNS]
    question, *choices = texts
    if question is None or not question.strip() or None in choices:
        raise InvalidParameters(say("ceval.not_a_question", line=number, file=str(file)))
    name = fields.get("subject_name")
    return Row(
        number,
        question,
        tuple(choice for choice in choices if choice is not None),
        _answer(file, number, fields.get("answer")),
        name if isinstance(name, str) and name.strip() else None,
    )


def _text(value: Any) -> str | None:
    """A number is text as well; a truth value is not, nor what no tokenizer reads."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return text


def _answer(file: Path, number: int, value: Any) -> str | None:
    if value is None:
        return None
    answer = unicodedata.normalize("NFKC", value).strip().upper() if isinstance(value, str) else None
    if answer in _NO_ANSWER:
        return None
    if answer not in LETTERS:
        raise InvalidParameters(say("ceval.not_an_answer", line=number, file=str(file), answer=repr(value)))
    return answer
