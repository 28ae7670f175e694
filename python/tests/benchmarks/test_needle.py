from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks.needle.budget import answer_budgets
from lbs.benchmarks.needle.definition import definition_of
from lbs.benchmarks.needle.grid import make_grid
from lbs.benchmarks.needle.haystack import continued, read_haystack
from lbs.benchmarks.needle.needles import make_task, recall
from lbs.benchmarks.needle.prepare import prepare
from lbs.benchmarks.needle.result import summarize
from lbs.benchmarks.needle.statistics import statistics_of, wilson
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters
from lbs.sentences import verbatim
from tests.support.letters import Letters

BOTH: Any = {"single_needle_retrieval": 32, "multi_needle_retrieval": 32}


@given(st.lists(st.integers(), min_size=1, max_size=50), st.integers(1, 300))
def test_a_short_haystack_continues_from_its_start(tokens: list[int], length: int) -> None:
    out, again = continued(tokens, length)
    assert len(out) == length and again is (length > len(tokens))
    assert all(value == tokens[place % len(tokens)] for place, value in enumerate(out))


def test_defaults_end_where_model_or_memory_ends() -> None:
    grid = make_grid(NeedleParameters(), 4096, None, BOTH)
    assert sorted({cell.length for cell in grid.cells}) == [1024, 2048] and "4096" in grid.notes[0].text
    grid = make_grid(NeedleParameters(), 131072, 3000, BOTH)
    assert sorted({cell.length for cell in grid.cells}) == [1024, 2048] and "budget" in grid.notes[0].text


def test_a_requested_length_that_the_model_does_not_accept_is_an_error() -> None:
    with pytest.raises(InvalidParameters, match="at most 4064"):
        make_grid(NeedleParameters.read({"context_length": 4096}), 4096, None, BOTH)


def test_repeats_of_a_cell_follow_one_another_and_no_cell_comes_twice() -> None:
    asked = {"context_lengths": [1024, 1024], "depths": [50, 50, 0], "repeats": 2}
    cells = make_grid(NeedleParameters.read(asked), 4096, None, {"single_needle_retrieval": 32}).cells
    assert [(cell.depth, cell.repeat) for cell in cells[:4]] == [(50, 0), (50, 1), (0, 0), (0, 1)]
    assert len({cell.key for cell in cells}) == len(cells) == 8


@pytest.mark.parametrize(
    "bad",
    [{"depths": [101]}, {"nonsense": 1}, {"context_lengths": []}, {"language": "Klingon"}, {"repeats": 0}]
    + [{"profile": "ruler"}, {"value_type": "words"}, {"batch_size": 0}],
)
def test_bad_parameters_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters, match=next(iter(bad))):
        NeedleParameters.read(bad)


def test_bundled_haystacks_and_unreadable_ones(tmp_path: Path) -> None:
    assert "In the beginning" in read_haystack(None, "English") and "作者" in read_haystack(None, "Chinese")
    (tmp_path / "gb.txt").write_bytes("床前明月光".encode("gb18030"))
    assert read_haystack(str(tmp_path), "Chinese") == "床前明月光"
    with pytest.raises(InvalidParameters, match="does not exist"):
        read_haystack(str(tmp_path / "none"), "English")


@pytest.mark.parametrize(
    ("response", "keys", "score"),
    [
        ("The number is 1234567.", ["1234567"], 1.0),
        ("1234567", ["1234567", "7654321"], 0.5),
        ("7654321 and 1234567", ["1234567", "7654321"], 1.0),
        # Letter for letter, as both published scores have it: no separators are removed, no digits are cut off.
        ("1,234,567", ["1234567"], 0.0),
        ("123 4567", ["1234567"], 0.0),
        ("81234567", ["1234567"], 1.0),
        ("AB0C-1", ["ab0c-1"], 1.0),
        ("", ["1234567"], 0.0),
    ],
)
def test_the_score_is_the_share_of_keys_in_the_response(response: str, keys: list[str], score: float) -> None:
    assert recall(response, tuple(keys)) == score


@pytest.mark.parametrize(
    ("kind", "language", "singular", "plural"),
    [
        (
            "single_needle_retrieval",
            "English",
            ["A fact", "is the special magic number of", "the number only"],
            "numbers",
        ),
        ("multi_needle_retrieval", "English", ["3 facts", "are the special magic numbers of"], "number of"),
        ("single_needle_retrieval", "Chinese", ["一条", "这个数字"], "分别"),
        ("multi_needle_retrieval", "Chinese", ["3 条", "分别", "这些数字"], "这个"),
    ],
)
def test_one_needle_is_asked_for_in_the_singular(kind: Any, language: Any, singular: list[str], plural: str) -> None:
    task = make_task(kind, 1, language, "numbers", "")
    assert all(part in task.lead + task.tail for part in singular)
    assert plural not in task.lead + task.tail


def test_keys_are_those_of_ruler() -> None:
    numbers = make_task("multi_needle_retrieval", 20, "English", "numbers", "a").keys
    assert len(set(numbers)) == 20 and all(len(key) == 7 and key.isdigit() for key in numbers)
    (uuid,) = make_task("single_needle_retrieval", 1, "English", "uuids", "a").keys
    assert [len(part) for part in uuid.split("-")] == [8, 4, 4, 4, 12]


def test_each_cell_and_repeat_has_its_own_facts_and_the_same_seed_the_same() -> None:
    asked = {"context_lengths": [700, 800], "repeats": 3, "task_types": ["single_needle_retrieval"]}

    def keys(**more: Any) -> list[tuple[str, ...]]:
        prepared = prepare(Letters(), NeedleParameters.read({**asked, **more}), context_limit=4096)
        return [prepared.task(cell).keys for cell in prepared.grid.cells]

    first = keys()
    assert len(set(first)) == len(first) == 2 * 5 * 3
    assert keys() == first and keys(seed=1) != first
    assert set(keys(repeats=1)) < set(first)


def test_an_answer_has_room_for_every_needle() -> None:
    for count in (1, 10, 20):
        parameters = NeedleParameters(num_needles=count)
        budgets = answer_budgets(Letters(), parameters, 1 << 20)
        for kind, budget in budgets.items():
            task = make_task(kind, count, "English", "numbers", "a")
            assert budget > len(task.expected) and budget % 16 == 0
    assert set(answer_budgets(Letters(), NeedleParameters(max_new_tokens=7), 4096).values()) == {7}


def test_at_the_end_of_the_context_an_answer_shrinks_to_the_facts() -> None:
    one = {"context_lengths": [4000], "task_types": ["single_needle_retrieval"]}
    parameters = NeedleParameters.read(one)
    (ample,) = answer_budgets(Letters(), parameters, 1 << 20).values()
    least = min(answer_budgets(Letters(), parameters, 4000 + room)["single_needle_retrieval"] for room in range(ample))
    assert 0 < least < ample
    for room in range(ample + 5):
        (budget,) = answer_budgets(Letters(), parameters, 4000 + room).values()
        assert budget == max(least, min(ample, room))
    assert prepare(Letters(), parameters, context_limit=4000 + least).answers == {"single_needle_retrieval": least}
    with pytest.raises(InvalidParameters, match="exceed the model"):
        prepare(Letters(), parameters, context_limit=4000 + least - 1)


def test_a_length_without_room_for_the_question_is_refused_before_the_first_cell() -> None:
    with pytest.raises(InvalidParameters, match="too short"):
        prepare(Letters(), NeedleParameters(context_lengths=[50, 1000]), context_limit=4096)


def test_the_definition_names_the_published_ones_that_it_follows() -> None:
    default, original = definition_of(NeedleParameters()), definition_of(NeedleParameters(profile="original"))
    assert default["profile"] == "needlebench-v2" and default["placement"].startswith("NeedleBench v2")
    assert original["placement"].startswith("LLMTest_NeedleInAHaystack") and original["scoring"] == default["scoring"]
    assert definition_of(NeedleParameters(value_type="uuids"))["needles"] == "RULER niah: UUIDs"


def test_intervals_are_wilsons() -> None:
    # Wilson 1927, as in every table of it.
    assert wilson(0, 3) == pytest.approx((0, 0.5615), abs=1e-4)
    assert wilson(1, 3) == pytest.approx((0.4385, 1), abs=1e-4)
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert statistics_of([1, 0, 1], 1) == {
        "count": 3,
        "avg_score": pytest.approx(2 / 3),
        "stderr": pytest.approx(1 / 3),
        "interval": pytest.approx([0.2077, 0.9385], abs=1e-4),
        "truncated": 1,
    }
    assert statistics_of([1], 0)["stderr"] is None


@given(st.floats(0, 1), st.integers(1, 1000))
def test_an_interval_contains_its_mean(share: float, count: int) -> None:
    low, high = wilson(share, count)
    assert 0 <= low <= share + 1e-9 and share - 1e-9 <= high <= 1


def test_summary_counts_whole_successes_and_truncated_answers() -> None:
    cell: Any = {"context_length": 64, "depth_percent": 0.0, "task_type": "multi_needle_retrieval"}
    cell |= {"actual_depth_percent": 0.0, "finish_reason": "stop"}
    tests: Any = [
        {**cell, "score": 1.0},
        {**cell, "score": 0.5, "finish_reason": "length", "actual_depth_percent": 1.0},
    ]
    result = summarize(tests, [verbatim("n")], definition_of(NeedleParameters()), 2)
    assert result["success_rate"] == 0.5 and result["score"] == 0.75 and result["truncated_tests"] == 1
    (statistics,) = result["cell_statistics"]
    assert statistics["actual_depth_percent"] == 0.5
    assert statistics.items() >= result["context_length_statistics"]["64"].items()
    assert result["context_length_statistics"]["64"].items() >= {"count": 2, "avg_score": 0.75, "truncated": 1}.items()
