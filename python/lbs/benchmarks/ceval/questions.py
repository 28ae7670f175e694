"""The questions as they lie in `<subject>.jsonl`, and as the model is asked them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters

LETTERS = ("A", "B", "C", "D")
_ASKED = (
    "以下是中国关于{subject}考试的单项选择题，请选出其中的正确答案。\n\n{question}\n"
    "A. {A}\nB. {B}\nC. {C}\nD. {D}\n答案："
)


@dataclass(frozen=True)
class Question:
    """`key` names it in a run, whatever else is asked in it; `answer` is its right letter."""

    key: str
    subject: str
    prompt: str
    answer: str


def read_questions(folder: Path, parameters: CEvalParameters) -> list[Question]:
    """In the order of subjects and lines. Fails with InvalidParameters where a file is missing or a line makes no sense."""
    subjects = parameters.subjects or sorted(file.stem for file in folder.glob("*.jsonl"))
    found = [question for subject in subjects for question in _of_subject(folder, subject)[: parameters.limit]]
    if not found:
        raise InvalidParameters(f"{folder} holds no question: it should hold <subject>.jsonl files.")
    return found


def _of_subject(folder: Path, subject: str) -> list[Question]:
    file = folder / f"{subject}.jsonl"
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameters(f"{file} cannot be read: {error}.") from None
    return [_question(file, subject, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _question(file: Path, subject: str, number: int, line: str) -> Question:
    try:
        told = json.loads(line)
        name = told.get("subject_name") or subject.replace("_", " ")
        prompt = _ASKED.format(subject=name, question=told["question"], **{letter: told[letter] for letter in LETTERS})
        answer = told["answer"].strip().upper()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidParameters(
            f"Line {number} of {file} is no question of C-Eval (question, A to D, answer)."
        ) from None
    if answer not in LETTERS:
        raise InvalidParameters(f"Line {number} of {file} has the answer {answer!r}: it is one of A, B, C, D.")
    return Question(f"{subject}|{number}", subject, prompt, answer)
