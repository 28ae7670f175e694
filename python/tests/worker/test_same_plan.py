"""The server, the command line and the worker ask the estimator the same question about the same run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lbs.api.plan import PlanRequest
from lbs.api.plan import _plan_input as server_input
from lbs.memory.limit import compute_limits
from lbs.plan import PlanInput, Workload, make_plan
from lbs.plan.__main__ import _parser
from lbs.plan.__main__ import _plan_input as command_input
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.loading.checkpoint import read_checkpoint
from lbs.worker.loading.placement import Planner
from tests.plan.test_plan import linear


def worker_input(model: Path, work: Workload, settings: Settings, device: EmulatedDevice) -> PlanInput:
    limits = compute_limits(settings.gpu_memory_limit, device.cards(), 0)
    checkpoint = read_checkpoint(model, settings, device.cards())
    return replace(Planner(checkpoint, limits, settings, device)._input, work=work)


@pytest.mark.parametrize("capability", ["7.5", "9.0"])
@pytest.mark.parametrize("memory_management", [True, False])
@pytest.mark.parametrize(
    ("gpus", "limit"),
    [("256MiB", "0.5"), ("24GiB", "22GiB"), ("80GiB,24GiB", "-2GiB"), ("1GiB", "0")],
)
def test_all_three_make_the_same_plan(
    toy: Path, monkeypatch: pytest.MonkeyPatch, gpus: str, limit: str, memory_management: bool, capability: str
) -> None:
    monkeypatch.setenv("LBS_EMULATED_COMPUTE_CAPABILITY", capability)
    settings = Settings.model_validate(
        {
            "emulated_gpus": gpus,
            "gpu_memory_limit": limit,
            "enable_memory_management": memory_management,
            "model_dirs": str(toy.parent),
        }
    )
    work = Workload(512, 2, 16, padded=True)
    body = PlanRequest(model=str(toy), context=512, batch=2, new_tokens=16, padded=True)
    words = [str(toy), *["--context", "512", "--batch", "2", "--new-tokens", "16", "--padded"]]
    inputs = [
        server_input(body, settings, {}, None),
        command_input(_parser(settings).parse_args(words), settings),
        worker_input(toy, work, settings, EmulatedDevice.from_setting(gpus)),
    ]
    server, command, worker = (replace(one, host_room=0) for one in inputs)
    assert server == command == worker
    plans = [make_plan(one, linear).as_json() for one in (server, command, worker)]
    assert plans[0] == plans[1] == plans[2]
