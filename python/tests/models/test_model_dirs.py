"""LBS_MODEL_DIRS: no call accepts a model outside, however its path leads there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.api.errors import ApiError
from lbs.api.plan import PlanRequest, _plan_input
from lbs.api.scan import scan_models
from lbs.api.submit import check_model, resumed
from lbs.models.model_dirs import OutsideModelDirs, permitted
from lbs.settings import Settings, SettingsError
from lbs.store import Run
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import read_checkpoint
from tests.support.backend import model_folder
from tests.support.cards import ONE_CARD

CALLS: list[Callable[[Path, Settings], Any]] = [
    lambda path, settings: check_model(str(path), settings),
    lambda path, settings: scan_models(str(path), 1, settings),
    lambda path, settings: _plan_input(PlanRequest(model=str(path), gpus="24GiB"), settings, {}, None),
]


def refused(call: Callable[[Path, Settings], Any], path: Path, settings: Settings) -> str:
    with pytest.raises(ApiError) as caught:
        call(path, settings)
    assert (caught.value.status, caught.value.code) == (403, "outside_model_dirs")
    return str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_model_outside_is_refused_by_every_call(
    call: Callable[[Path, Settings], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = model_folder(tmp_path / "models", "good"), model_folder(tmp_path / "models-too", "other")
    (tmp_path / "models" / "link").symlink_to(outside)
    monkeypatch.setenv("LBS_MODEL_DIRS", f"{tmp_path / 'none'}{os.pathsep}{tmp_path / 'models'}")
    settings = Settings.load()
    for path in (outside, inside / ".." / ".." / "models-too" / "other", tmp_path):
        assert "add its folder there" in refused(call, path, settings)
    assert f"a link to {outside}" in refused(call, tmp_path / "models" / "link", settings)


def test_a_model_inside_is_accepted_and_unset_means_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_folder(tmp_path / "models", "good")
    assert check_model(str(model), Settings.load()) == model
    # The folder itself may be a link, as /data often is.
    (tmp_path / "data").symlink_to(tmp_path / "models")
    monkeypatch.setenv("LBS_MODEL_DIRS", str(tmp_path / "data"))
    assert check_model(str(model), Settings.load()) == model
    assert len(scan_models(str(tmp_path / "data"), 2, Settings.load())) == 1


@pytest.mark.parametrize("call", [CALLS[0], CALLS[2]])
def test_the_base_of_an_adapter_must_be_inside_too(
    call: Callable[[Path, Settings], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = model_folder(tmp_path / "elsewhere", "base")
    (base / "config.json").write_text("not even JSON: nothing of it is read")
    adapter = tmp_path / "models" / "lora"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text(f'{{"peft_type": "LORA", "base_model_name_or_path": "{base}"}}')
    (adapter / "adapter_model.safetensors").write_bytes(b"")
    monkeypatch.setenv("LBS_MODEL_DIRS", str(tmp_path / "models"))
    assert str(base) in refused(call, adapter, Settings.load())


def test_an_older_run_is_refused_when_resumed_and_when_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = model_folder(tmp_path, "other")
    monkeypatch.setenv("LBS_MODEL_DIRS", str(tmp_path / "models"))
    run = Run("r", "NeedleInAHaystack/NeedleInAHaystack", str(outside), {}, status="failed")
    refused(lambda *_: resumed(run, None, Settings.load(), force=False), outside, Settings.load())
    with pytest.raises(RunError, match="is outside LBS_MODEL_DIRS") as caught:
        read_checkpoint(outside, Settings.load(), [ONE_CARD])
    assert caught.value.code == "invalid_model"


def test_files_of_a_hub_cache_may_be_elsewhere_and_links_out_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = model_folder(tmp_path, "blobs")
    snapshot = tmp_path / "snapshots" / "main"
    snapshot.mkdir(parents=True)
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(file)
    (tmp_path / "snapshots" / "out").symlink_to(blobs)
    monkeypatch.setenv("LBS_MODEL_DIRS", str(tmp_path / "snapshots"))
    for call in (CALLS[0], CALLS[2]):
        assert call(snapshot, Settings.load())
    found = scan_models(str(tmp_path / "snapshots"), 2, Settings.load())
    assert [one["name"] for one in found] == ["snapshots/main"]


@pytest.mark.parametrize("name", ["a\0b", "~nobody-of-that-name/x"])
@pytest.mark.parametrize("call", CALLS)
def test_text_that_is_not_a_path_is_refused(call: Callable[[Path, Settings], Any], name: str) -> None:
    with pytest.raises(ApiError, match="is not a path") as caught:
        call(Path(name), Settings())
    assert caught.value.status == 400


def test_a_relative_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_MODEL_DIRS", "models")
    with pytest.raises(SettingsError, match="LBS_MODEL_DIRS must be absolute paths"):
        Settings.load()


@given(st.lists(st.sampled_from(["a", "b", "..", ".", "ab"]), max_size=8))
def test_no_spelling_of_a_path_leads_out(parts: list[str]) -> None:
    settings = Settings(model_dirs="/a/b")
    path = Path("/").joinpath(*parts)
    inside = os.path.normpath(path) == "/a/b" or os.path.normpath(path).startswith("/a/b/")
    try:
        permitted(path, settings)
    except OutsideModelDirs:
        assert not inside
    else:
        assert inside
