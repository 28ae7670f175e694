"""GPUs whose memory is the system RAM: NVML reports none, and on Jetson their UUIDs have no prefix."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
import torch

from lbs.memory import nvml
from lbs.memory.host import host_total
from lbs.memory.limit import GIB, MIB, Card, compute_limits
from lbs.memory.limit_value import NO_LIMIT, Limit
from lbs.plan import gpus as plan_gpus
from lbs.worker.devices.cuda import CudaDevice

UUID = "54d0709b-558d-5a1e-8d0a-8a0e1b2c3d4e"


@pytest.fixture(params=["GB10", "Jetson"])
def unified(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine with 120 GiB of RAM, of which 20 are in use; returns the UUID that NVML reports."""
    uuid = UUID if request.param == "Jetson" else f"GPU-{UUID}"

    def handle(asked: str) -> str:
        if asked != uuid:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return "handle"

    def unsupported(_: Any, version: int | None = None) -> Any:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    def processes(_: Any) -> Any:
        if request.param == "Jetson":
            unsupported(_)
        return []

    properties = SimpleNamespace(uuid=UUID, name=request.param, total_memory=119 * GIB, major=12, minor=1)
    answers: dict[str, Any] = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByUUID": handle,
        # The second one has fallen off the bus.
        "nvmlDeviceGetHandleByIndex": lambda index: "handle" if index == 0 else unsupported(index),
        "nvmlDeviceGetUUID": lambda _: uuid,
        "nvmlDeviceGetName": lambda _: request.param,
        "nvmlDeviceGetCudaComputeCapability": lambda _: (12, 1),
        "nvmlDeviceGetMemoryInfo": unsupported,
        "nvmlDeviceGetComputeRunningProcesses": processes,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(pynvml, name, answer)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)
    monkeypatch.setattr(nvml, "host_total", lambda: 120 * GIB)
    monkeypatch.setattr(nvml, "host_available", lambda: 100 * GIB)
    return uuid


def test_the_limit_counts_from_system_ram(unified: str) -> None:
    device = CudaDevice()
    (card,) = device.cards()
    assert (card.uuid, card.total, card.unified) == (unified, 120 * GIB, True)
    limits = compute_limits(Limit.parse(0.5), [card], 100 * GIB)
    (gpu,) = limits.gpus
    # torch multiplies the fraction by its own total.
    assert gpu.budget == 60 * GIB and int(gpu.fraction * 119 * GIB) <= gpu.cap
    # Layers on the CPU would take the same memory.
    assert limits.host_room == 0
    assert device.others() == {0: 20 * GIB}
    assert device.memory()[0]["total"] == 120 * GIB and device.memory()[0]["uuid"] == unified


def test_a_plan_knows_the_same_card_and_skips_a_lost_one(unified: str) -> None:
    (gpu,) = plan_gpus.installed_gpus(None)
    assert (gpu.card.uuid, gpu.card.total, gpu.others, gpu.card.unified) == (unified, 120 * GIB, 20 * GIB, True)


def test_another_error_is_an_error(unified: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: Any, version: int | None = None) -> Any:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lost)
    with pytest.raises(pynvml.NVMLError):
        nvml.card_memory("handle")
    assert plan_gpus.installed_gpus(None) == []


@pytest.mark.parametrize("answers_second", [True, False])
def test_the_drivers_reserve_is_no_other_process(monkeypatch: pytest.MonkeyPatch, answers_second: bool) -> None:
    """An idle RTX PRO 6000: the first version of NVML's answer reports 642 MiB in use."""

    def memory(_: Any, version: int | None = None) -> Any:
        if version is None:
            return SimpleNamespace(total=97_887 * MIB, used=642 * MIB)
        if not answers_second:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
        return SimpleNamespace(total=97_887 * MIB, used=0, reserved=642 * MIB)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", memory)
    found = nvml.card_memory("handle")
    used, driver = (0, 642 * MIB) if answers_second else (642 * MIB, 0)
    assert found == (97_887 * MIB, used, driver, False)
    card = Card(0, "uuid", "card", found.total, found.total, 555 * MIB, driver=found.driver)
    # Either way a process cannot have it.
    assert plan_gpus.Gpu(card, found.used).allowed(NO_LIMIT) == (97_887 - 642 - 555 - 128) * MIB


def test_system_ram_is_what_the_tightest_group_allows(tmp_path: Path) -> None:
    membership, group = tmp_path / "cgroup", tmp_path / "job"
    membership.write_text("0::/job\n")
    machine = host_total(tmp_path, tmp_path / "nothing")
    group.mkdir()
    for limit, total in ((1 << 30, 1 << 30), (1 << 60, machine)):
        (group / "memory.max").write_text(f"{limit}\n")
        (group / "memory.current").write_text("5\n")
        assert host_total(tmp_path, membership) == total
    (group / "memory.max").write_text("max\n")
    assert host_total(tmp_path, membership) == machine > 1 << 30
