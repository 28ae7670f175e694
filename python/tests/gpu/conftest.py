"""On a real GPU. These tests have not been run yet (2026-11).

`python -m pytest -m gpu -s tests/gpu` prints each table and figure; 40 GiB of GPU memory and 8 GiB of disk are enough.
The models are built from configs with random weights, so that no hub is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lbs.worker.devices import Device
from tests.support.backend import FOLDER

# As a worker has it: torch reads it once, and here the tests load models themselves.
os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
NAMES = ["small", "wide", "deep", "gqa"]
NVIDIA_SMI = ["nvidia-smi"]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds them."""
    folder = tmp_path_factory.mktemp("models")
    words = [sys.executable, "-m", "tests.support.random_models", str(folder), "cuda", *NAMES]
    subprocess.run(words, cwd=FOLDER, check=True)
    return folder


@pytest.fixture(scope="session")
def device() -> Device:
    """One for all tests: its context stays as long as the process, as it does in a worker."""
    from lbs.worker.devices import open_device

    found = open_device(None)
    assert found.kind == "cuda", "torch sees no CUDA device here"
    found.open()
    assert found.expandable(), "start pytest with PYTORCH_ALLOC_CONF=expandable_segments:True: torch was loaded before"
    return found
