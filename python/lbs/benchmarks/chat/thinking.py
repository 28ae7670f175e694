"""What a model thinks before its answer, which no score may count."""

from __future__ import annotations

from dataclasses import dataclass

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
