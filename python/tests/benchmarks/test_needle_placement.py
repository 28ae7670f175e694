"""Where the needles are: counted in tokens of the prompt, against the published definitions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.benchmarks.chat import Chat
from lbs.benchmarks.needle.needles import make_task
from lbs.benchmarks.needle.placement import hide, hide_original, spread
from lbs.benchmarks.needle.prompt import Prompt, Prompts
from lbs.benchmarks.parameters import InvalidParameters
from tests.support.letters import Letters

KINDS = st.sampled_from(["single_needle_retrieval", "multi_needle_retrieval"])
LANGUAGES = st.sampled_from(["English", "Chinese"])
SENTENCE = "A sentence of hay. "
PERIOD = 1


def published(hay: list[int], needles: list[list[int]], depth: float) -> list[int]:
    """The text that the first published needle test makes of its (trimmed) haystack, needle by needle."""
    text = list(hay)
    for percent, needle in zip(spread(depth, len(needles)), needles, strict=True):
        point = len(text) if depth == 100 else int(len(text) * (percent / 100))
        while depth != 100 and point and text[point - 1] != PERIOD:
            point -= 1
        text[point:point] = needle
    return text


def built(
    length: int, depth: float, kind: Any, language: Any = "English", profile: Any = "needlebench-v2"
) -> tuple[Any, Prompt]:
    task = make_task(kind, 1, language, "numbers", "a seed")
    frame = Chat(Letters(), use_template=False).frame(task.lead, task.tail)
    return task, Prompts(Letters(), SENTENCE * 200, profile).build(task, frame, length, depth)


@settings(deadline=None)
@given(st.integers(700, 3000), st.floats(0, 100), KINDS, LANGUAGES)
def test_each_needle_is_at_the_token_that_its_depth_names(length: int, depth: float, kind: Any, language: Any) -> None:
    task, prompt = built(length, depth, kind, language)
    text = Letters().decode(prompt.ids)
    assert len(prompt.ids) == length and text.endswith(task.tail)
    hay = length - len(task.lead) - len(task.tail) - sum(len(needle) + 2 for needle in task.needles)
    hidden = 0
    for needle, offset, real, wanted in zip(
        task.needles, prompt.offsets, prompt.depths, spread(depth, len(task.needles)), strict=True
    ):
        assert text[offset:].startswith(f"\n{needle}\n")
        assert real == 100 * (offset - len(task.lead) - hidden) / hay
        assert 0 <= wanted - real <= 100 / hay + 1e-9
        hidden += len(needle) + 2


@pytest.mark.parametrize("length", [512, 1024, 4096])
@pytest.mark.parametrize("profile", ["needlebench-v2", "original"])
def test_depth_100_is_the_very_end(length: int, profile: Any) -> None:
    task, prompt = built(length, 100, "single_needle_retrieval", profile=profile)
    assert prompt.depths == [100]
    assert Letters().decode(prompt.ids).endswith(f"\n{task.needles[0]}\n{task.tail}")


@settings(deadline=None)
@given(st.integers(900, 3000), st.floats(0, 100), KINDS)
def test_the_original_moves_a_needle_back_to_the_sentence_before_it(length: int, depth: float, kind: Any) -> None:
    task, prompt = built(length, depth, kind, profile="original")
    text = Letters().decode(prompt.ids)
    inside = text[len(task.lead) : -len(task.tail)]
    assert len(inside) == length - max(200, len(task.lead) + len(task.tail)) and len(prompt.ids) <= length
    hay = len(inside) - sum(len(needle) + 2 for needle in task.needles)
    assert 0 <= depth - prompt.depths[0] <= 100 * (len(SENTENCE) + 1) / hay
    if depth != 100:
        assert prompt.depths[0] == 0 or text[prompt.offsets[0] - 1] == "."


TOKENS = st.lists(st.integers(0, 5), min_size=1, max_size=60)


@given(TOKENS, st.lists(TOKENS, min_size=1, max_size=5), st.one_of(st.just(100.0), st.floats(0, 100)))
def test_the_original_placement_is_the_published_one(hay: list[int], needles: list[list[int]], depth: float) -> None:
    needles = [[7, *(token for token in needle if token != PERIOD), 7] for needle in needles]
    hidden = hide_original(hay, needles, depth, {PERIOD})
    # Two needles at one full stop stay in order; the published loop puts the later one into or before the earlier one.
    if depth == 100 or len(set(hidden.depths)) == len(needles):
        assert hidden.tokens == published(hay, needles, depth)
    for needle, offset in zip(needles, hidden.offsets, strict=True):
        assert hidden.tokens[offset : offset + len(needle)] == needle


@given(TOKENS, st.lists(TOKENS, min_size=1, max_size=5), st.floats(0, 100))
def test_no_token_is_lost_or_moved(hay: list[int], needles: list[list[int]], depth: float) -> None:
    for hidden in (hide(hay, needles, depth), hide_original(hay, needles, depth, {PERIOD})):
        rest = list(hidden.tokens)
        for needle, offset in reversed(list(zip(needles, hidden.offsets, strict=True))):
            assert rest[offset : offset + len(needle)] == needle
            del rest[offset : offset + len(needle)]
        assert rest == hay
        assert hidden.depths == sorted(hidden.depths) and hidden.depths[0] >= 0 and hidden.depths[-1] <= 100


def test_a_context_too_short_for_the_question_is_refused() -> None:
    with pytest.raises(InvalidParameters, match="too short"):
        built(20, 0, "single_needle_retrieval")
    with pytest.raises(InvalidParameters, match="alone take") as refused:
        built(200, 0, "single_needle_retrieval", profile="original")
    least = int(str(refused.value).split("alone take ")[1].split(".")[0])
    built(least, 0, "single_needle_retrieval", profile="original")
    with pytest.raises(InvalidParameters, match="too short"):
        built(least - 1, 0, "single_needle_retrieval", profile="original")
