from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import pytest

from lbs.compare import compare, items_of


def needle(scores: Mapping[tuple[int, float, int], float]) -> dict[str, dict[str, Any]]:
    return {
        f"single|{length}|{depth:g}|{repeat}": {"context_length": length, "depth_percent": depth, "score": score}
        for (length, depth, repeat), score in scores.items()
    }


def run(req_id: str, **given: Any) -> dict[str, Any]:
    return {
        "req_id": req_id,
        "status": "completed",
        "dataset": "NeedleInAHaystack",
        "model": "/models/a",
        "parameters": {"seed": 0},
        "result": {
            "definition": {"version": "1"},
            "dtype": "bfloat16",
            "model_hash": "sampled-sha256:1",
            "settings": {"LBS_GPU_MEMORY_LIMIT": 0.8},
            "versions": {"torch": "2.13.0"},
            "prompt": {"kind": "chat", "template": "abc", "date": None},
        },
        **given,
    }


ONE = {(512, 0.0, 0): 0.0, (512, 0.0, 1): 1.0, (512, 50.0, 0): 0.0, (1024, 0.0, 0): 1.0}
TWO = {(512, 0.0, 0): 1.0, (512, 0.0, 1): 1.0, (512, 50.0, 0): 1.0, (1024, 0.0, 0): 1.0}


def test_repeats_of_a_cell_are_one_unit() -> None:
    found = compare([run("a"), run("b")], [needle(ONE), needle(TWO)])
    (against,) = found["against"]
    assert against["pairs"] is not None
    assert (against["pairs"]["better"], against["pairs"]["worse"], against["pairs"]["same"]) == (2, 0, 1)
    assert against["pairs"]["test"] == "permutation"  # one unit has the mean 0.5
    assert {tuple(one["group"]): one["score"] for one in against["differences"]} == {
        ("512", "0"): 0.5,
        ("512", "50"): 1.0,
        ("1024", "0"): 0.0,
    }
    assert found["groups"][0][0] == {"group": ["512", "0"], "score": 0.5}


def test_only_common_items_are_paired_and_the_rest_is_counted() -> None:
    more = needle({**TWO, (2048, 0.0, 0): 0.0})
    (against,) = compare([run("a"), run("b")], [needle(ONE), more])["against"]
    assert against["left_out"] == 1
    assert against["pairs"] is not None
    assert against["pairs"]["better"] == 2


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"dataset": "C-Eval"}, "compare.datasets"),
        ({"parameters": {"seed": 1}}, "compare.parameter"),
        ({"parameters": {"seed": 0, "profile": "original"}}, "compare.parameter"),
        ({"result": {"definition": {"version": "2"}}}, "compare.definition"),
        ({"status": "cancelled"}, "compare.unfinished"),
    ],
)
def test_other_questions_are_not_paired(other: dict[str, Any], code: str) -> None:
    (against,) = compare([run("a"), run("b", **other)], [needle(ONE), needle(TWO)])["against"]
    assert against["pairs"] is None
    assert against["reason"] is not None
    assert against["reason"]["code"] == f"lbs.{code}"


def test_how_a_run_answers_and_how_much_it_asks_does_not_matter() -> None:
    # Older versions stored no defaults, and a run on one member asks a part of the set.
    asked = {"batch_size": 8, "context_lengths": [512], "enable_thinking": True, "repeats": 3, "num_needles": 1}
    other = run("b", parameters=asked, dataset="NeedleInAHaystack/single_needle_retrieval")
    (against,) = compare([run("a"), other], [needle(ONE), needle(TWO)])["against"]
    assert against["pairs"] is not None


def test_one_key_that_asks_something_else_is_left_out() -> None:
    ours: dict[str, dict[str, Any]] = {f"law|{i}": {"subject": "law", "answer": "A", "score": 1.0} for i in range(3)}
    theirs: dict[str, dict[str, Any]] = {
        **ours,
        "law|0": {"subject": "law", "answer": "B", "score": 0.0},
        "law|1": {"answer": "A", "score": None},
    }
    (against,) = compare([run("a"), run("b")], [ours, theirs])["against"]
    assert against["pairs"] is not None
    assert (against["left_out"], against["pairs"]["same"]) == (2, 1)


def test_a_result_keeps_its_items() -> None:
    tests = [
        {"task_type": "single", "context_length": 512, "depth_percent": 33.3, "repeat": 1, "score": 1.0},
        {"task_type": "single", "context_length": 512, "depth_percent": 0.0, "repeat": 0, "score": 0.0},
    ]
    assert list(items_of({"tests": tests})) == ["single|512|33.3|1", "single|512|0|0"]
    assert list(items_of({"tests": [{"key": "law|1", "subject": "law", "score": 1.0}]})) == ["law|1"]
    # Older results repeat a key, or have none: what is stored counts then.
    for unclear in ([*tests, tests[0]], [{"score": 1.0}], [], None):
        assert items_of({"tests": unclear}) == {}
    assert items_of(None) == {}


def test_a_run_that_has_not_completed_is_shown_with_what_it_has() -> None:
    failed = run("b", status="failed", result=None)
    found = compare([run("a"), failed], [needle(ONE), needle(TWO)])
    assert found["groups"][1][0] == {"group": ["512", "0"], "score": 1.0}
    assert found["against"][0]["pairs"] is None
    assert {line["name"]: line["values"] for line in found["lines"]}["torch"] == ["2.13.0", None]


def test_items_that_are_not_kept_are_said() -> None:
    (against,) = compare([run("a"), run("b")], [needle(ONE), {}])["against"]
    assert against["reason"] is not None
    assert against["reason"]["code"] == "lbs.compare.no_items"


def test_an_item_without_a_score_is_not_paired() -> None:
    ours, theirs = needle(ONE), needle(TWO)
    for item in theirs.values():
        item["score"] = None
    (against,) = compare([run("a"), run("b")], [ours, theirs])["against"]
    assert against["pairs"] is None
    assert against["reason"] is not None
    assert against["reason"]["code"] == "lbs.compare.no_common"


def test_several_runs_are_adjusted() -> None:
    found = compare([run("a"), run("b"), run("c")], [needle(ONE), needle(TWO), needle(TWO)])
    for against in found["against"]:
        assert against["pairs"] is not None
        assert against["p_adjusted"] == pytest.approx(min(1.0, 2 * against["pairs"]["p"]))


def test_without_scipy_all_but_the_p_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    binary = [{f"law|{i}": {"subject": "law", "score": score} for i in range(3)} for score in (0.0, 1.0)]
    (against,) = compare([run("a"), run("b")], binary)["against"]
    assert against["pairs"] is not None
    assert (against["pairs"]["p"], against["pairs"]["better"]) == (None, 3)
    assert against["pairs"]["interval"] is not None
    assert against["reason"] is not None
    assert "pip install" in against["reason"]["text"]


def test_only_what_differs_is_marked() -> None:
    other = run("b")
    other["result"] = {**other["result"], "dtype": "float16"}
    lines = compare([run("a"), other], [needle(ONE), needle(TWO)])["lines"]
    assert [line["name"] for line in lines if line["differs"]] == ["dtype"]
    assert {line["name"] for line in lines} >= {
        "model",
        "model_hash",
        "LBS_GPU_MEMORY_LIMIT",
        "torch",
        "seed",
        "prompt",
    }
