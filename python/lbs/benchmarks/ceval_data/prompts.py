"""The wording of the variants, as one text or as a conversation.

`lm-eval`: the stock task ceval-valid of lm-evaluation-harness 0.4.13. `published`: the README and the evaluator of C-Eval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from lbs.benchmarks.ceval_data.questions import Question
from lbs.benchmarks.ceval_data.rows import LETTERS, Row
from lbs.benchmarks.parameters import Variant

Message: TypeAlias = Mapping[str, str]
"""`role` (system, user or assistant) and `content`."""


def _introduction(question: Question, variant: Variant) -> str:
    exam = "考试" if variant == "published" else ""
    return f"以下是中国关于{question.subject_name}{exam}的单项选择题，请选出其中的正确答案。\n\n"


def _asked(row: Row, variant: Variant) -> str:
    question = row.question.strip() if variant == "lm-eval" else row.question
    choices = "".join(f"\n{letter}. {choice}" for letter, choice in zip(LETTERS, row.choices, strict=True))
    return f"{question}{choices}\n答案："


def letter_text(letter: str, variant: Variant, *, chat: bool) -> str:
    """What follows the prompt where the model chooses `letter`."""
    return f" {letter}" if variant == "lm-eval" and not chat else letter


def plain_prompt(question: Question, variant: Variant) -> str:
    """Introduction, examples with their answers, and the question up to its answer."""
    shots = [
        _asked(row, variant) + letter_text(row.answer or "", variant, chat=False) + "\n\n" for row in question.shots
    ]
    return "".join([_introduction(question, variant), *shots, _asked(question.row, variant)])


def messages(question: Question, variant: Variant) -> list[Message]:
    """The same as a conversation: each example is a turn of its own."""
    introduction = _introduction(question, variant)
    said: list[Message] = [
        {"role": "system", "content": introduction.strip() if variant == "published" else introduction}
    ]
    for row in question.shots:
        said.append({"role": "user", "content": _asked(row, variant)})
        said.append({"role": "assistant", "content": row.answer or ""})
    return [*said, {"role": "user", "content": _asked(question.row, variant)}]
