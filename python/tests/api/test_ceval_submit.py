"""C-Eval at submit: one rule for the names of subjects, and files that cannot be used refuse the run before it is queued."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lbs.api.dataset_names import datasets
from lbs.api.errors import ApiError
from lbs.api.submit import read_submissions
from lbs.settings import Settings
from tests.support.backend import model_folder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    folder = tmp_path / "exam" / "val"
    folder.mkdir(parents=True)
    for subject in ("law", "high_school_physics"):
        (folder / f"{subject}_val.csv").write_text("id,question,A,B,C,D,answer\n0,甲,1,2,3,4,A\n", "utf-8")
    (tmp_path / "datasets.json").write_text(json.dumps({"C-Eval": str(folder.parent)}))
    monkeypatch.setenv("LBS_DATASETS", str(tmp_path / "datasets.json"))
    return Settings.load()


def submit(settings: Settings, tmp_path: Path, dataset: str, **parameters: Any) -> Any:
    model = tmp_path / "model" if (tmp_path / "model").exists() else model_folder(tmp_path, "model")
    body = {"model_name_or_path": str(model), "dataset_name": dataset, "parameters": parameters}
    (run,) = read_submissions(body, settings)
    return run


@pytest.mark.parametrize("name", ["high_school_physics", "High School Physics", "高中物理", "HIGH-SCHOOL-PHYSICS"])
def test_subjects_are_listed_and_submitted_by_one_rule(settings: Settings, tmp_path: Path, name: str) -> None:
    assert datasets(settings)["C-Eval"] == ["C-Eval", "high_school_physics", "law"]
    member = submit(settings, tmp_path, f"C-Eval/{name}")
    assert member.dataset == "C-Eval/high_school_physics" and member.parameters["variant"] == "lm-eval"
    chosen = submit(settings, tmp_path, "C-Eval", subjects=[name])
    assert chosen.parameters["subjects"] == ["high_school_physics"]


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ({"subjects": ["astrology"]}, "C-Eval has no astrology"),
        ({"shots": 5}, "dev questions of"),
        ({"split": "test"}, "no test questions"),
        ({"variant": "mine"}, "variant"),
        ({"enable_thinking": True}, "enable_thinking needs"),
    ],
)
def test_what_the_files_do_not_give_is_refused(
    settings: Settings, tmp_path: Path, parameters: dict[str, Any], part: str
) -> None:
    with pytest.raises(ApiError) as error:
        submit(settings, tmp_path, "C-Eval", **parameters)
    assert error.value.status == 400 and part in str(error.value)


def test_a_file_that_changed_is_read_again(settings: Settings, tmp_path: Path) -> None:
    submit(settings, tmp_path, "C-Eval")
    (tmp_path / "exam" / "val" / "law_val.csv").write_text("id,question,A,B,C,D,answer\n0,甲,1,2,3,4,\n", "utf-8")
    with pytest.raises(ApiError, match=r"Line 1 of .*law_val\.csv has no answer"):
        submit(settings, tmp_path, "C-Eval")


@pytest.mark.parametrize("name", ["../law", "..\\law", "x/law", "/law"])
def test_a_path_is_not_the_name_of_a_subject(settings: Settings, tmp_path: Path, name: str) -> None:
    with pytest.raises(ApiError) as error:
        submit(settings, tmp_path, f"C-Eval/{name}")
    assert error.value.status == 400
