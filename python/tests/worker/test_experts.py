"""Experts that are copied one at a time are the same experts, and both loads hold what the plan says beside the weights."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.plan.allocator.pool import in_blocks
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.trace import Tracer
from lbs.worker.loading.experts import one_expert_at_a_time
from tests.support.architectures import architectures

KINDS = ("mixtral", "qwen3-moe", "deepseek-v3")


@pytest.fixture(scope="module", params=KINDS)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """In float32: what loading converts to bfloat16 is a tensor of its own, as on a GPU."""
    folder = tmp_path_factory.mktemp(request.param)
    AutoModelForCausalLM.from_config(architectures()[request.param], dtype=torch.float32).save_pretrained(folder)
    return request.param, folder


class OnTheDevice(Allocations):  # type: ignore[no-untyped-call]  # torch's own is not typed
    """Counts what is converted: neither the file's tensors nor the model that waits for its weights on "meta"."""

    def add(self, tensor: torch.Tensor) -> None:
        if tensor.device.type == "cpu" and tensor.dtype == torch.bfloat16:
            super().add(tensor)


def load(folder: Path, way: AbstractContextManager[None]) -> tuple[dict[str, torch.Tensor], int]:
    """The weights, and the most bytes that existed beside them."""
    counted = OnTheDevice()
    with way, counted:
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    return model.state_dict(), counted.peak - counted.current


@pytest.fixture
def in_one_thread(monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    """As transformers loads, but in the thread that counts."""
    monkeypatch.setenv("HF_DEACTIVATE_ASYNC_LOAD", "1")
    return nullcontext()


def test_both_loads_give_the_same_weights_and_hold_what_is_planned(
    checkpoint: tuple[str, Path], in_one_thread: AbstractContextManager[None]
) -> None:
    name, folder = checkpoint
    planned = Tracer(architectures()[name], torch.bfloat16, kernels="sm_80").weights
    stacked, most = load(folder, in_one_thread)
    copied, least = load(folder, one_expert_at_a_time())
    assert stacked.keys() == copied.keys()
    assert all(torch.equal(stacked[key], copied[key]) for key in stacked)
    print(name, most, planned["load_transient"], least, planned["load_least"])
    after = sum(in_blocks(tensor.nbytes) for key, tensor in stacked.items() if may_follow(key, tensor, stacked, name))
    assert planned["load_transient"] - after <= most <= planned["load_transient"]
    assert planned["load_least"] - after <= least <= planned["load_least"]


def may_follow(key: str, tensor: torch.Tensor, weights: dict[str, torch.Tensor], name: str) -> bool:
    """Whether it may be loaded after gate and up of the last layer were joined: Mixtral's down projections come after those."""
    last = max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
    if not key.startswith((f"model.layers.{last}.", "model.norm")):
        return False
    return tensor.dim() < 3 or (name == "mixtral" and "down_proj" in key)
