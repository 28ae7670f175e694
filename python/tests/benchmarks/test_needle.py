from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.benchmarks.needle.grid import make_grid
from lbs.benchmarks.needle.haystack import continued, read_haystack
from lbs.benchmarks.needle.needles import make_task, recall
from lbs.benchmarks.needle.prompt import Prompts
from lbs.benchmarks.needle.result import summarize
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters
from lbs.sentences import verbatim


class Letters:
    """A tokenizer with one token per character: lengths and places can be counted by eye."""

    bos_token_id = None
    chat_template = None

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(map(chr, ids))


@settings(deadline=None)
@given(
    st.integers(600, 3000),
    st.floats(0, 100),
    st.sampled_from(["single_needle_retrieval", "multi_needle_retrieval"]),
    st.sampled_from(["English", "Chinese"]),
)
def test_a_prompt_has_the_requested_length_and_every_needle(
    length: int, depth: float, kind: Any, language: Any
) -> None:
    task = make_task(kind, 1, language, seed=3)
    ids, again = Prompts(Letters(), "A sentence of hay. " * 20).build(task, length, depth)
    text = Letters().decode(ids)
    assert len(ids) == length
    assert all(needle in text for needle in task.needles)
    assert text.endswith(task.tail)
    assert recall(text, task.keys) == 1
    assert again is (length - len(task.lead) - len(task.tail) - sum(len(n) + 2 for n in task.needles) > 380)


def test_depth_moves_the_needle() -> None:
    task = make_task("single_needle_retrieval", 1, "English", 0)
    prompts = Prompts(Letters(), "Hay hay hay. " * 200)
    places = [Letters().decode(prompts.build(task, 2000, depth)[0]).index(task.needles[0]) for depth in (0, 50, 100)]
    assert places == sorted(places) and places[0] < 200 and places[2] > 1700


def test_a_context_too_short_for_the_question_is_refused() -> None:
    task = make_task("single_needle_retrieval", 1, "English", 0)
    with pytest.raises(InvalidParameters, match="too short"):
        Prompts(Letters(), "hay").build(task, 20, 0)


@given(st.lists(st.integers(), min_size=1, max_size=50), st.integers(1, 300))
def test_a_short_haystack_continues_from_its_start(tokens: list[int], length: int) -> None:
    out, again = continued(tokens, length)
    assert len(out) == length and again is (length > len(tokens))
    assert all(value == tokens[place % len(tokens)] for place, value in enumerate(out))


def test_defaults_end_where_model_or_memory_ends() -> None:
    grid = make_grid(NeedleParameters(), 4096, None)
    assert sorted({cell.length for cell in grid.cells}) == [1024, 2048] and "4096" in grid.notes[0].text
    grid = make_grid(NeedleParameters(), 131072, 3000)
    assert sorted({cell.length for cell in grid.cells}) == [1024, 2048] and "budget" in grid.notes[0].text


def test_a_requested_length_that_the_model_does_not_accept_is_an_error() -> None:
    with pytest.raises(InvalidParameters, match="at most 4064"):
        make_grid(NeedleParameters.read({"context_length": 4096}), 4096, None)


@pytest.mark.parametrize("bad", [{"depths": [101]}, {"nonsense": 1}, {"context_lengths": []}, {"language": "Klingon"}])
def test_bad_parameters_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters, match=next(iter(bad))):
        NeedleParameters.read(bad)


def test_bundled_haystacks_and_unreadable_ones(tmp_path: Path) -> None:
    assert "In the beginning" in read_haystack(None, "English") and "作者" in read_haystack(None, "Chinese")
    (tmp_path / "gb.txt").write_bytes("床前明月光".encode("gb18030"))
    assert read_haystack(str(tmp_path), "Chinese") == "床前明月光"
    with pytest.raises(InvalidParameters, match="does not exist"):
        read_haystack(str(tmp_path / "none"), "English")


def test_summary_counts_only_whole_successes() -> None:
    cell: Any = {"context_length": 64, "depth_percent": 0.0, "task_type": "multi_needle_retrieval"}
    tests: Any = [{**cell, "score": 1.0}, {**cell, "score": 0.5}]
    result = summarize(tests, [verbatim("n")])
    assert result["success_rate"] == 0.5 and result["score"] == 0.75
    assert result["context_length_statistics"] == {"64": {"count": 2, "avg_score": 0.75}}
