"""The cases of tests/gpu on an emulated GPU, so that their code runs without a real one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lbs.settings.paths import held_folder
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.devices.held import HeldFile
from tests.support.backend import FOLDER
from tests.support.card_cases import TABLE, limit_case
from tests.support.long_form import FULL
from tests.support.random_models import make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("models of one folder")]
MIB = 1 << 20
LONGEST = 4096
CASES = [("tiny", 16), ("narrow", 32)]
"""Models, and MiB beside their weights; HEADROOM_FAULTS=full: all, else the first."""
NVIDIA_SMI = [sys.executable, str(FOLDER / "nvidia_smi_emulator.py")]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make(folder, "cpu", [name for name, _ in (CASES if FULL else CASES[:1])])
    return folder


@pytest.mark.parametrize(("name", "beside"), CASES if FULL else CASES[:1])
def test_the_limit_holds_and_the_plan_is_close(
    models: Path, name: str, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_EMULATED_GPUS", "256MiB")
    device = EmulatedDevice([256 * MIB], HeldFile(held_folder()))
    try:
        case = limit_case(device, NVIDIA_SMI, models / name, beside * MIB, LONGEST)
    finally:
        device.close()
    print(f"{TABLE}\n{case.row()}")
    assert case.kept and case.context < LONGEST
    assert abs(case.off) < 0.05
