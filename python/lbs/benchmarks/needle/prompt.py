"""Prompts of an exact length in tokens, with the needles at their depths. Joins token ids, never text."""

from __future__ import annotations

import re
from typing import Any

from lbs.benchmarks.chat import Chat, Frame
from lbs.benchmarks.needle.haystack import continued
from lbs.benchmarks.needle.needles import Task
from lbs.benchmarks.parameters import InvalidParameters
from lbs.sentences import say

_SENTENCE_END = re.compile(r"[.!?。！？]\s*$|\n\s*$")
_REACH = 64
"""How many tokens a needle may move back to be between two sentences."""


class Prompts:
    """For one model's tokenizer and one haystack."""

    def __init__(self, tokenizer: Any, text: str, chat: Chat | None = None) -> None:
        """Without a `chat` the prompts are plain."""
        self._tokenizer = tokenizer
        self._chat = chat or Chat(tokenizer, use_template=False)
        self._hay = self._ids(text)
        if not self._hay:
            raise InvalidParameters(say("benchmarks.haystack_no_tokens"))

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def frame(self, task: Task) -> Frame:
        return self._chat.frame(task.lead, task.tail)

    def build(self, task: Task, length: int, depth: float) -> tuple[list[int], bool]:
        """`length` token ids, with needles from `depth` percent on; and whether the haystack was continued.

        Raises InvalidParameters where question and needles alone are longer.
        """
        frame = self.frame(task)
        needles = [self._ids(f" {needle} ") for needle in task.needles]
        room = length - len(frame.before) - len(frame.after) - sum(map(len, needles))
        if room < 0:
            raise InvalidParameters(say("benchmarks.context_too_short", length=length, least=length - room))
        hay, is_continued = continued(self._hay, room) if room else ([], False)
        return [*frame.before, *self._insert(hay, needles, depth), *frame.after], is_continued

    def _insert(self, hay: list[int], needles: list[list[int]], depth: float) -> list[int]:
        """The first needle at `depth`, the others evenly between it and the end."""
        step = (100 - depth) / len(needles)
        places = [self._boundary(hay, int(len(hay) * (depth + step * i) / 100)) for i in range(len(needles))]
        out: list[int] = []
        start = 0
        for place, needle in zip(places, needles, strict=True):
            place = max(place, start)
            out += [*hay[start:place], *needle]
            start = place
        return out + hay[start:]

    def _boundary(self, hay: list[int], place: int) -> int:
        """The nearest end of a sentence at or before `place`; `place` itself where there is none."""
        for candidate in range(place, max(0, place - _REACH), -1):
            if _SENTENCE_END.search(self._tokenizer.decode(hay[candidate - 1 : candidate])):
                return candidate
        return place
