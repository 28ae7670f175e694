"""Prompts of an exact length in tokens, with the needles at their depths. Joins token ids, never text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from lbs.benchmarks.chat import Frame
from lbs.benchmarks.needle.haystack import continued
from lbs.benchmarks.needle.needles import Task
from lbs.benchmarks.needle.placement import Hidden, hide, hide_original
from lbs.benchmarks.parameters import InvalidParameters, Profile
from lbs.sentences import say

_BUFFER = 200
"""Tokens that the first published needle test leaves for question and answer."""
_AROUND = 60
"""Tokens of a passage on each side of its needle."""


class Passage(TypedDict):
    """A needle and the text on both sides of it, as the model reads them."""

    before: str
    needle: str
    after: str


@dataclass(frozen=True)
class Prompt:
    """`offsets`: where each needle starts in `ids`, `sizes`: its tokens; `depths`: the haystack tokens before each needle, in
    percent of all of them; `continued`: whether the haystack was too short and starts again."""

    ids: list[int]
    offsets: list[int]
    sizes: list[int]
    depths: list[float]
    continued: bool


class Prompts:
    """For one model's tokenizer and one haystack."""

    def __init__(self, tokenizer: Any, text: str, profile: Profile) -> None:
        self._tokenizer = tokenizer
        self._profile = profile
        self._hay = self._ids(text)
        if not self._hay:
            raise InvalidParameters(say("benchmarks.haystack_no_tokens"))
        self._periods = frozenset([*self._ids("."), *self._ids("。")])

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def build(self, task: Task, frame: Frame, length: int, depth: float) -> Prompt:
        """At most `length` token ids: exactly as many, or as the original test has it, text and needles exactly 200 fewer.

        Raises InvalidParameters where question and needles leave no room for a text.
        """
        needles = [self._ids(f"\n{needle}\n") for needle in task.needles]
        around = len(frame.before) + len(frame.after)
        buffer = around if self._profile == "needlebench-v2" else max(_BUFFER, around)
        room = length - buffer - sum(map(len, needles))
        if room < 1:
            raise InvalidParameters(say("benchmarks.context_too_short", length=length, least=length - room + 1))
        hay, is_continued = continued(self._hay, room)
        hidden = self._hide(hay, needles, depth)
        ids = [*frame.before, *hidden.tokens, *frame.after]
        offsets = [len(frame.before) + offset for offset in hidden.offsets]
        return Prompt(ids, offsets, [len(needle) for needle in needles], hidden.depths, is_continued)

    def _hide(self, hay: Sequence[int], needles: Sequence[Sequence[int]], depth: float) -> Hidden:
        if self._profile == "original":
            return hide_original(hay, needles, depth, self._periods)
        return hide(hay, needles, depth)

    def text(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(ids))
        return text

    def passages(self, prompt: Prompt) -> list[Passage]:
        """One for each needle: what a prompt that is too long to be stored shows of it."""
        ids = prompt.ids
        return [
            {
                # A character may be cut in the middle of its bytes.
                "before": self.text(ids[max(0, start - _AROUND) : start]).lstrip("\ufffd"),
                "needle": self.text(ids[start : start + size]),
                "after": self.text(ids[start + size : start + size + _AROUND]).rstrip("\ufffd"),
            }
            for start, size in zip(prompt.offsets, prompt.sizes, strict=True)
        ]
