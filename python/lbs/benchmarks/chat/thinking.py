"""What a model thinks before its answer, which no score may count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TAGS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
"""Qwen3, DeepSeek, Granite, Seed, Magistral, gpt-oss."""


@dataclass(frozen=True)
class Spoken:
    """A response in two parts. `closed`: False where thinking was cut off, so that there is no answer."""

    thinking: str
    answer: str
    closed: bool = True


def without_thinking(text: str, *, opened: bool = False) -> Spoken:
    """`opened`: the prompt has opened the thinking, as some templates do. The answer begins behind the last closing tag."""
    ends = [(text.rfind(end), start, end) for start, end in TAGS if end in text]
    if ends:
        place, start, end = max(ends)
        thinking = text[:place].strip().removeprefix(start)
        rest = text[place + len(end) :]
        return without_thinking(rest) if _begins(rest) else Spoken(thinking.strip(), rest.strip())
    if opened or (start := _begins(text)):
        return Spoken(text.strip().removeprefix("" if opened else start).strip(), "", closed=False)
    return Spoken("", text.strip())


def opens_thinking(prompt: str) -> bool:
    """Whether the prompt ends inside of thinking."""
    for start, _ in TAGS:
        _, found, rest = prompt.rpartition(start)
        if found and not rest.strip():
            return True
    return False


def _begins(text: str) -> str:
    """The opening tag that the text begins with; empty where there is none."""
    return next((start for start, _ in TAGS if text.lstrip().startswith(start)), "")


class AnswerBudget:
    """Two budgets of one response, in tokens: `thinking` up to the closing tag, `answer` from there, or from the start of a
    response that begins with no thinking."""

    _TAIL = 16
    """Tokens among which a closing tag is looked for."""

    def __init__(self, tokenizer: Any, thinking: int, answer: int, *, opened: bool) -> None:
        self._tokenizer = tokenizer
        self._thinking, self._answer = thinking, answer
        self._row: list[int] = []
        self._opened = opened
        self._answers_from: int | None = None

    def spent_with(self, token: int) -> bool:
        """Whether the budget in force is spent once the response has this token too."""
        self._row.append(token)
        if self._answers_from is None:
            self._follow()
        if self._answers_from is None:
            return len(self._row) >= self._thinking
        return len(self._row) - self._answers_from >= self._answer

    def _follow(self) -> None:
        if not self._opened:
            text = self._tokenizer.decode(self._row, skip_special_tokens=False).lstrip()
            self._opened = bool(_begins(text))
            if not self._opened and not any(start.startswith(text) for start, _ in TAGS):
                self._answers_from = 0
        if self._opened:
            tail = self._tokenizer.decode(self._row[-self._TAIL :], skip_special_tokens=False)
            if any(end in tail for _, end in TAGS):
                self._answers_from = len(self._row)
