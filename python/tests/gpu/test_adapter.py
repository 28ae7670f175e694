"""Whole modules of an adapter, such as a head or an embedding, are on the device of the base's module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.worker.devices import Device
from tests.support.backend import FOLDER
from tests.support.card_cases import ask, runner

pytestmark = pytest.mark.gpu
_MAKE = (
    "import sys; from pathlib import Path; from tests.models.test_adapter import adapter; "
    "adapter(Path(sys.argv[1]), Path(sys.argv[2]), modules_to_save=['lm_head'], target_modules=['embed_tokens', 'o_proj'])"
)


def test_an_adapter_with_a_head_of_its_own_runs(models: Path, device: Device, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _MAKE, models / "small", tmp_path / "lora"], cwd=FOLDER, check=True)
    result = runner(device, 0.5).run(ask(tmp_path / "lora", 1024), Hooks())
    assert result["total_tests"] == 1
    assert result["peak_memory"]["0"] <= result["plan"]["total"]
