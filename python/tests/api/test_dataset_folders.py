"""The folders of the datasets: what they contain, and how the file that names them is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lbs.benchmarks.dataset_folders import DatasetFolder, dataset_folders, set_folder
from lbs.benchmarks.datasets import DatasetError, folder_of
from lbs.settings import Settings

HEAD = "id,question,A,B,C,D,answer\n"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    folder = tmp_path / "exam"
    for split, rows in (("val", 2), ("dev", 1)):
        (folder / split).mkdir(parents=True)
        (folder / split / f"law_{split}.csv").write_text(HEAD + "0,甲,1,2,3,4,A\n" * rows, "utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LBS_DATASETS", str(tmp_path / "new" / "datasets.json"))
    return Settings.load()


def ceval(settings: Settings) -> DatasetFolder:
    return next(one for one in dataset_folders(settings) if one["name"] == "C-Eval")


def test_a_folder_is_set_and_removed_beside_what_the_file_names(settings: Settings, exam: Path) -> None:
    assert ceval(settings) | {"changeable": True} == ceval(settings)
    assert ceval(settings)["folder"] is None and ceval(settings)["error"] is None
    set_folder("C-Eval", f"  {exam} ", settings)
    file = Path(settings.datasets)
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "Mine": "/mine"}), "utf-8")
    assert folder_of("C-Eval", settings) == exam
    assert ceval(settings)["found"] == {"files": 2, "subjects": 1, "items": {"dev": 1, "val": 2}}
    set_folder("C-Eval", None, settings)
    assert json.loads(file.read_text("utf-8")) == {"Mine": "/mine"}
    assert [one.name for one in file.parent.iterdir()] == ["datasets.json"]


def test_a_file_that_cannot_be_read_is_named_and_counted_again_once_fixed(settings: Settings, exam: Path) -> None:
    bad = exam / "val" / "physics_val.csv"
    bad.write_text("question,A\n", "utf-8")
    set_folder("C-Eval", str(exam), settings)
    found = ceval(settings)
    assert found["found"] == {"files": 3, "subjects": 2, "items": None} and str(bad) in str(found["error"])
    bad.write_text(HEAD + "0,甲,1,2,3,4,A\n", "utf-8")
    assert ceval(settings)["found"] == {"files": 3, "subjects": 2, "items": {"dev": 1, "val": 3}}


@pytest.mark.parametrize(
    ("folder", "part"),
    [("exam", "not an absolute path"), ("/nowhere/exam", "not a folder"), ("/a\0b", "not a folder"), (".", "absolute")],
)
def test_what_is_no_folder_is_refused_and_nothing_is_written(settings: Settings, folder: str, part: str) -> None:
    with pytest.raises(DatasetError, match=part):
        set_folder("C-Eval", folder, settings)
    assert not Path(settings.datasets).exists()


def test_a_folder_without_questions_and_a_damaged_file_are_refused(settings: Settings, exam: Path) -> None:
    empty = exam / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match="contains no questions"):
        set_folder("C-Eval", str(empty), settings)
    file = Path(settings.datasets)
    file.parent.mkdir()
    file.write_text("[", "utf-8")
    with pytest.raises(DatasetError, match="cannot be read"):
        set_folder("C-Eval", str(exam), settings)
    assert file.read_text("utf-8") == "["
    assert "cannot be read" in str(ceval(settings)["error"])


def test_a_link_stays_a_link(settings: Settings, exam: Path, tmp_path: Path) -> None:
    Path(settings.datasets).parent.mkdir()
    Path(settings.datasets).symlink_to(tmp_path / "shared.json")
    set_folder("C-Eval", str(exam), settings)
    assert Path(settings.datasets).is_symlink() and json.loads((tmp_path / "shared.json").read_text("utf-8"))


def test_the_api_takes_any_case_and_refuses_what_ships(
    settings: Settings, exam: Path, ask: Callable[..., httpx.Response]
) -> None:
    answer = ask("POST", "/api/dataset-folders", json={"name": "c-eval", "folder": str(exam)})
    assert answer.json() == ask("GET", "/api/dataset-folders").json()
    assert [one["folder"] for one in answer.json() if one["changeable"]] == [str(exam)]
    refused = ask("POST", "/api/dataset-folders", json={"name": "NeedleInAHaystack", "folder": str(exam)})
    assert refused.status_code == 400 and refused.json()["code"] == "no_dataset"
