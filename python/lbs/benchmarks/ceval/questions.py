"""The questions of `<subject>.jsonl`, and the prompts made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters
from lbs.sentences import say

LETTERS = ("A", "B", "C", "D")
_PROMPT = (
    "以下是中国关于{subject}考试的单项选择题，请选出其中的正确答案。\n\n{question}\n"
    "A. {A}\nB. {B}\nC. {C}\nD. {D}\n答案："
)


@dataclass(frozen=True)
class Question:
    """`key` identifies it, whatever else a run asks; `answer`: the right letter."""

    key: str
    subject: str
    prompt: str
    answer: str


def read_questions(folder: Path, parameters: CEvalParameters) -> list[Question]:
    """In the order of subjects and lines. Raises InvalidParameters where a file is missing or a line is not a question."""
    subjects = parameters.subjects or sorted(file.stem for file in folder.glob("*.jsonl"))
    questions = [question for subject in subjects for question in _of_subject(folder, subject)[: parameters.limit]]
    if not questions:
        raise InvalidParameters(say("benchmarks.no_questions", folder=str(folder)))
    return questions


def _of_subject(folder: Path, subject: str) -> list[Question]:
    file = folder / f"{subject}.jsonl"
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameters(say("benchmarks.file_unreadable", file=str(file), error=str(error))) from None
    return [_question(file, subject, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _question(file: Path, subject: str, number: int, line: str) -> Question:
    try:
        fields = json.loads(line)
        name = fields.get("subject_name") or subject.replace("_", " ")
        choices = {letter: fields[letter] for letter in LETTERS}
        prompt = _PROMPT.format(subject=name, question=fields["question"], **choices)
        answer = fields["answer"].strip().upper()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidParameters(say("benchmarks.not_a_question", line=number, file=str(file))) from None
    if answer not in LETTERS:
        raise InvalidParameters(say("benchmarks.not_an_answer", line=number, file=str(file), answer=repr(answer)))
    return Question(f"{subject}|{number}", subject, prompt, answer)
