"""The toy model: built once, complete or not at all, and never in place of another folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lbs.models import toy
from tests.support.backend import FOLDER

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("toy") / "tiny-llama"
    assert toy.build(path) is True
    return path


def test_a_second_time_changes_nothing_and_needs_no_torch(target: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in target.iterdir()}
    code = "import sys; from lbs.models import toy; r = toy.main(sys.argv[1:]); sys.exit(r or 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "nothing changed" in done.stdout
    assert {file.name: file.stat().st_mtime_ns for file in target.iterdir()} == before
    assert [file.name for file in target.parent.iterdir()] == ["tiny-llama"]


def test_the_same_recipe_gives_the_same_weights(target: Path, tmp_path: Path) -> None:
    again = tmp_path / "tiny-again"
    toy.build(again)
    assert (again / "model.safetensors").read_bytes() == (target / "model.safetensors").read_bytes()
    assert (target / "model.safetensors").stat().st_size < 16 << 20


def test_the_stamp_and_not_the_name_makes_a_toy(target: Path, tmp_path: Path) -> None:
    named = tmp_path / "tinystories-33M"
    named.mkdir()
    (named / "config.json").write_text("{}")
    assert not toy.is_toy(named)
    shutil.copytree(target, tmp_path / "another-name")
    assert toy.is_toy(tmp_path / "another-name")


def test_a_damaged_toy_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "tiny"
    toy.build(path)
    (path / "model.safetensors").unlink()
    assert toy.build(path) is True and (path / "model.safetensors").is_file()


def test_a_folder_that_is_not_a_toy_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert toy.main([str(tmp_path / "mine")]) == 1
    assert "not a toy" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
