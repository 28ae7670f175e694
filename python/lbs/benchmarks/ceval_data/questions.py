"""The questions of a run and their examples, in the order of subjects and lines."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lbs.benchmarks.ceval_data.files import Files, Split, find_files, no_files, subjects_in
from lbs.benchmarks.ceval_data.rows import Row, read_rows
from lbs.benchmarks.parameters import CHINESE_NAMES, CEvalParameters, InvalidParameters
from lbs.sentences import Sentence, say


@dataclass(frozen=True)
class Question:
    """`key` identifies it, whatever else a run asks; `answer`: the right letter; `shots`: answered examples from dev."""

    key: str
    subject: str
    row: Row
    answer: str
    shots: tuple[Row, ...]

    @property
    def subject_name(self) -> str:
        """In Chinese; of a subject of one's own, as its file names it."""
        return CHINESE_NAMES.get(self.subject) or self.row.subject_name or self.subject.replace("_", " ")


@dataclass(frozen=True)
class Questions:
    """`notes`: what a person should know about the files."""

    asked: list[Question]
    notes: list[Sentence]


def read_questions(folder: Path, parameters: CEvalParameters) -> Questions:
    """Raises InvalidParameters where a subject, a file or an answer is missing, or a line is not a question."""
    files = find_files(folder)
    subjects = parameters.subjects or sorted({key for key, split in files if split == parameters.split})
    asked: list[Question] = []
    notes: list[Sentence] = []
    for subject in dict.fromkeys(subjects):
        rows = read_rows(_file(folder, files, subject, parameters.split))
        shots = _shots(folder, files, subject, parameters.shots) if parameters.shots else ()
        file = files[subject, parameters.split][0]
        asked += [_question(file, subject, row, shots) for row in rows[: parameters.limit]]
        notes += _duplicates(file, rows[: parameters.limit], shots)
    if not asked:
        known = subjects_in(folder)
        raise _no_split(folder, known[0], parameters.split) if known else no_files(folder)
    return Questions(asked, notes)


def count_rows(folder: Path) -> dict[str, int]:
    """The rows of each split, of every file. Raises InvalidParameters where one cannot be read."""
    counts: Counter[str] = Counter()
    for (_, split), files in find_files(folder).items():
        counts[split] += sum(len(read_rows(file)) for file in files)
    return dict(counts)


def _file(folder: Path, files: Files, subject: str, split: Split) -> Path:
    found = files.get((subject, split), [])
    if len(found) > 1:
        raise InvalidParameters(say("ceval.two_files", subject=subject, first=str(found[0]), second=str(found[1])))
    if found:
        return found[0]
    known = subjects_in(folder)
    if not known:
        raise no_files(folder)
    if subject in known:
        raise _no_split(folder, subject, split)
    near = difflib.get_close_matches(subject, [*known, *CHINESE_NAMES], 1) or [", ".join(known[:5])]
    raise InvalidParameters(say("ceval.no_subject", subject=subject, folder=str(folder), near=near[0]))


def _no_split(folder: Path, subject: str, split: Split) -> InvalidParameters:
    return InvalidParameters(say("ceval.no_split", folder=str(folder), subject=subject, split=split))


def _shots(folder: Path, files: Files, subject: str, count: int) -> tuple[Row, ...]:
    if (subject, "dev") not in files:
        raise InvalidParameters(say("ceval.no_dev", subject=subject, folder=str(folder)))
    file = _file(folder, files, subject, "dev")
    rows = read_rows(file)
    if len(rows) < count:
        raise InvalidParameters(say("ceval.few_shots", file=str(file), count=len(rows), shots=count))
    for row in rows[:count]:
        if row.answer is None:
            raise InvalidParameters(say("ceval.no_answer", line=row.number, file=str(file)))
    return tuple(rows[:count])


def _question(file: Path, subject: str, row: Row, shots: tuple[Row, ...]) -> Question:
    if row.answer is None:
        raise InvalidParameters(say("ceval.no_answer", line=row.number, file=str(file)))
    return Question(f"{subject}|{row.number}", subject, row, row.answer, shots)


def _duplicates(file: Path, rows: list[Row], shots: tuple[Row, ...]) -> list[Sentence]:
    """A question that is there twice counts twice, as in other harnesses; one that is also an example is known."""
    notes = []
    counts = Counter((row.question, row.choices) for row in rows)
    if again := sum(counts.values()) - len(counts):
        notes.append(say("ceval.duplicates", file=file.name, count=again))
    if shown := sum((row.question, row.choices) in counts for row in shots):
        notes.append(say("ceval.shown", file=file.name, count=shown))
    return notes
