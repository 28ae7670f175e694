"""What a method of scoring says about one question, and the letter that a generated text means."""

from __future__ import annotations

import re
import unicodedata
from typing import NotRequired, TypedDict

from lbs.benchmarks.generation import FinishReason


class Answer(TypedDict):
    """`response`: the letter, empty where a text names none. `logprobs`: of the four letters. `output`: the text,
    without `thinking`."""

    response: str
    logprobs: NotRequired[dict[str, float]]
    output: NotRequired[str]
    thinking: NotRequired[str]
    finish_reason: NotRequired[FinishReason]
    tokens_in: int
    tokens_out: int


_NAMED = re.compile(
    r"(?:答案|选项?|选择|answer)(?:应该|应当|应|就)?(?:是|为|选|is)?\s*:?\s*[(\[【*“\"]*([A-D])(?![A-Za-z])",
    re.IGNORECASE,
)
_ALONE = re.compile(r"(?<![A-Za-z])([A-D])(?![A-Za-z'])")


def letter_of(text: str) -> str:
    """The letter that the text names last as its answer, else the first that stands alone; empty where none does."""
    folded = unicodedata.normalize("NFKC", text)
    named = [match.group(1).upper() for match in _NAMED.finditer(folded)]
    if named:
        return named[-1]
    alone = _ALONE.search(folded)
    return alone.group(1) if alone else ""
