"""Every test has a data folder of its own, and none of the person's LBS_* variables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lbs.models import toy as toy_model


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("LBS_", "HEADROOM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy model's folder, which nobody writes to."""
    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    toy_model.build(folder)
    return folder
