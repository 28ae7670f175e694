from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import pytest

from lbs.compare import compare


def needle(scores: Mapping[tuple[int, float, int], float]) -> dict[str, dict[str, Any]]:
    return {
        f"single|{length}|{depth:g}|{repeat}": {"context_length": length, "depth_percent": depth, "score": score}
        for (length, depth, repeat), score in scores.items()
    }


def run(req_id: str, **given: Any) -> dict[str, Any]:
    return {
        "req_id": req_id,
        "dataset": "NeedleInAHaystack",
        "model": "/models/a",
        "parameters": {"seed": 0},
        "result": {
            "definition": {"version": "1"},
            "dtype": "bfloat16",
            "provenance": {"settings": {"LBS_GPU_MEMORY_LIMIT": "0.8"}, "versions": {"torch": "2.13.0"}},
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
    assert against["pairs"]["test"] == "wilcoxon"  # one unit has the mean 0.5
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
        ({"result": {"definition": {"version": "2"}}}, "compare.definition"),
    ],
)
def test_other_questions_are_not_paired(other: dict[str, Any], code: str) -> None:
    (against,) = compare([run("a"), run("b", **other)], [needle(ONE), needle(TWO)])["against"]
    assert against["pairs"] is None
    assert against["reason"] is not None
    assert against["reason"]["code"] == f"lbs.{code}"


def test_how_a_run_is_batched_does_not_matter() -> None:
    other = run("b", parameters={"seed": 0, "batch_size": 8, "context_lengths": [512]})
    (against,) = compare([run("a"), other], [needle(ONE), needle(TWO)])["against"]
    assert against["pairs"] is not None


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
    (against,) = compare([run("a"), run("b")], [needle(ONE), needle(TWO)])["against"]
    assert against["pairs"] is not None
    assert (against["pairs"]["p"], against["pairs"]["better"]) == (None, 2)
    assert against["reason"] is not None
    assert "pip install" in against["reason"]["text"]


def test_only_what_differs_is_marked() -> None:
    other = run("b")
    other["result"] = {**other["result"], "dtype": "float16"}
    lines = compare([run("a"), other], [needle(ONE), needle(TWO)])["lines"]
    assert [line["name"] for line in lines if line["differs"]] == ["dtype"]
    assert {line["name"] for line in lines} >= {"model", "LBS_GPU_MEMORY_LIMIT", "torch", "seed"}
