"""Prompts of exactly so many tokens, with the needles at their depths. Token ids are joined, never text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lbs.benchmarks.needle.haystack import continued
from lbs.benchmarks.needle.needles import Task
from lbs.benchmarks.parameters import InvalidParameters

_SENTENCE_END = re.compile(r"[.!?。！？]\s*$|\n\s*$")
# How far a needle may move back, so that it stands between two sentences.
_REACH = 64
_MARK = "\u2603HAYSTACK\u2603"


@dataclass(frozen=True)
class Frame:
    """What stands around the haystack, as token ids."""

    before: list[int]
    after: list[int]


class Prompts:
    """For one model's tokenizer and one haystack."""

    def __init__(self, tokenizer: Any, text: str) -> None:
        self._tokenizer = tokenizer
        self._hay = self._ids(text)
        if not self._hay:
            raise InvalidParameters("The haystack has no tokens for this model: name another text.")

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def frame(self, task: Task) -> Frame:
        """With the tokenizer's chat template where it has one."""
        if getattr(self._tokenizer, "chat_template", None):
            message = [{"role": "user", "content": f"{task.lead}{_MARK}{task.tail}"}]
            whole = self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
            before, _, after = whole.partition(_MARK)
            return Frame(self._ids(before), self._ids(after))
        bos = self._tokenizer.bos_token_id
        return Frame(([] if bos is None else [bos]) + self._ids(task.lead), self._ids(task.tail))

    def build(self, task: Task, length: int, depth: float) -> tuple[list[int], bool]:
        """`length` token ids in all, needles from `depth` percent on; and whether the haystack was continued.

        Fails with InvalidParameters where question and needles alone are longer.
        """
        frame = self.frame(task)
        needles = [self._ids(f" {needle} ") for needle in task.needles]
        room = length - len(frame.before) - len(frame.after) - sum(map(len, needles))
        if room < 0:
            raise InvalidParameters(
                f"A context of {length} tokens is too short: question and needles alone take {length - room}."
            )
        hay, again = continued(self._hay, room) if room else ([], False)
        return [*frame.before, *self._woven(hay, needles, depth), *frame.after], again

    def _woven(self, hay: list[int], needles: list[list[int]], depth: float) -> list[int]:
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
        """The nearest end of a sentence at or before `place`; `place` itself where none is near."""
        for candidate in range(place, max(0, place - _REACH), -1):
            if _SENTENCE_END.search(self._tokenizer.decode(hay[candidate - 1 : candidate])):
                return candidate
        return place
