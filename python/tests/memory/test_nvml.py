"""GPUs whose memory is the system RAM: NVML reports none, and on Jetson their UUIDs have no prefix."""

from __future__ import annotations

import os
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
from lbs.plan import Gpu, installed_gpus
from lbs.worker.devices import cuda
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

    properties = SimpleNamespace(
        uuid=UUID,
        name=request.param,
        total_memory=119 * GIB,
        major=12,
        minor=1,
        multi_processor_count=48,
        max_threads_per_multi_processor=1536,
    )
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
    (gpu,) = installed_gpus(None)
    assert (gpu.card.uuid, gpu.card.total, gpu.others, gpu.card.unified) == (unified, 120 * GIB, 20 * GIB, True)


def test_another_error_is_an_error(unified: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: Any, version: int | None = None) -> Any:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lost)
    with pytest.raises(pynvml.NVMLError):
        nvml.card_memory("handle")
    assert installed_gpus(None) == []


def test_the_context_is_measured_once_the_card_is_there_and_kept(
    unified: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    monkeypatch.setattr(pynvml, "nvmlSystemGetDriverVersion", lambda: "580.95.05")
    device = CudaDevice()
    predicted = (2 * 48 * 1536 // 1024 + 45) * MIB
    assert (device.cards()[0].overhead, device.cards()[0].context_source) == (predicted, "predicted")
    monkeypatch.setattr(cuda, "run_kernels", lambda _: None)
    for name in ("synchronize", "empty_cache"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: None)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 32 * MIB)
    own = SimpleNamespace(pid=os.getpid(), usedGpuMemory=233 * MIB)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetComputeRunningProcesses", lambda _: [own])
    device.open()
    assert (device.cards()[0].overhead, device.cards()[0].context_source) == (201 * MIB, "measured")
    # The next worker and every plan begin with that figure, as long as driver and PyTorch stay.
    (gpu,) = installed_gpus(None)
    assert (gpu.card.overhead, gpu.card.context_source) == (201 * MIB, "measured")
    assert CudaDevice().cards()[0].overhead == 201 * MIB
    file = tmp_path / "plans" / "contexts.json"
    assert file.stat().st_mode & 0o777 == 0o600
    own.usedGpuMemory = 9 * GIB  # of which another library has the most
    suspect = CudaDevice()
    suspect.open()
    assert suspect.cards()[0].overhead > 8 * GIB and CudaDevice().cards()[0].overhead == 201 * MIB
    own.usedGpuMemory = 40 * MIB  # under MPS
    small = CudaDevice()
    small.open()
    assert small.cards()[0].overhead == 8 * MIB and CudaDevice().cards()[0].overhead == 201 * MIB
    # Not listed, while another process gave its memory back.
    monkeypatch.setattr(pynvml, "nvmlDeviceGetComputeRunningProcesses", lambda _: [])
    unlisted = CudaDevice()
    unlisted.open()
    assert unlisted.cards()[0].overhead == predicted // 2
    monkeypatch.setattr(pynvml, "nvmlSystemGetDriverVersion", lambda: "595.10")
    assert CudaDevice().cards()[0].overhead == predicted
    file.write_text("[1")
    monkeypatch.setattr(pynvml, "nvmlSystemGetDriverVersion", lambda: "580.95.05")
    assert CudaDevice().cards()[0].overhead == predicted


def test_a_plan_predicts_the_context_of_a_card_that_the_table_knows(
    unified: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of others, which no worker has measured, it says that it assumes one."""
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda _: "NVIDIA GB10")
    (gpu,) = installed_gpus(None)
    assert (gpu.card.overhead // MIB, gpu.card.context_source, gpu.workspace) == (189, "predicted", 32 * MIB)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda _: "NVIDIA RTX 9090")
    (gpu,) = installed_gpus(None)
    assert (gpu.card.overhead // MIB, gpu.card.context_source) == (768, "assumed")


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
    assert Gpu(card, found.used).allowed(NO_LIMIT) == (97_887 - 642 - 555 - 128) * MIB


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


def test_of_a_gpu_in_mig_mode_the_instance_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA finds one instance, whose UUID torch reports without its prefix."""
    info = {"gpu": (80 * GIB, 60 * GIB), "instance": (10 * GIB, GIB)}

    def handle(asked: str) -> str:
        if asked != f"MIG-{UUID}":
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return "instance"

    def memory(of: str, version: int | None = None) -> Any:
        total, used = info[of]
        return SimpleNamespace(total=total, used=used, reserved=0)

    answers: dict[str, Any] = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda _: "gpu",
        "nvmlDeviceGetHandleByUUID": handle,
        "nvmlDeviceGetMigMode": lambda _: (1, 1),
        "nvmlDeviceGetMigDeviceHandleByIndex": lambda _, number: "instance" if number == 0 else None,
        "nvmlDeviceGetUUID": lambda _: f"GPU-{UUID}",
        "nvmlDeviceGetName": lambda _: "NVIDIA A100-SXM4-80GB",
        "nvmlDeviceGetCudaComputeCapability": lambda _: (8, 0),
        "nvmlDeviceGetMemoryInfo": memory,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(pynvml, name, answer)
    (gpu,) = installed_gpus(None)
    assert (gpu.card.total, gpu.others) == (10 * GIB, GIB)
    assert nvml.handle_of(UUID) == "instance"
