"""Experts that are copied one at a time are the same experts, and both loads hold what the plan says beside the weights."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.plan.allocator.pool import in_blocks
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.trace import Tracer
from lbs.worker.errors import RunError
from lbs.worker.loading.experts import Read, _stacked, one_expert_at_a_time
from lbs.worker.loading.load import _errors_explained
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


def ones(shape: tuple[int, int]) -> torch.Tensor:
    return torch.ones(shape)


@pytest.mark.parametrize(
    "sources",
    [
        [[(4, 2), (4, 2)], [(4, 2)]],
        [[(4, 2)], [(4, 2), (4, 2)]],
        [[(4, 2), (1, 2)], [(4, 2), (4, 2)]],
        [[(4, 2), (4, 2)], [(4, 2), (4, 1)]],
        [[(4, 2)], [(4, 1)]],
    ],
)
def test_experts_of_a_damaged_checkpoint_are_not_copied(sources: list[list[tuple[int, int]]]) -> None:
    reads: list[list[Read]] = [[functools.partial(ones, shape) for shape in shapes] for shapes in sources]
    with pytest.raises(ValueError, match="Expert"):
        _stacked(reads)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_experts_that_do_not_stack_are_an_invalid_model_but_for_want_of_memory(error: type[RuntimeError]) -> None:
    checkpoint: Any = SimpleNamespace(path=Path("/models/moe"))
    memory = error is torch.OutOfMemoryError
    text = f"{'CUDA out of memory' if memory else 'Issues'} during automatic conversion of the weights."
    with pytest.raises(error if memory else RunError, match="automatic conversion"), _errors_explained(checkpoint):
        raise error(text)


def may_follow(key: str, tensor: torch.Tensor, weights: dict[str, torch.Tensor], name: str) -> bool:
    """Whether it may be loaded after gate and up of the last layer were joined: Mixtral's down projections come after those."""
    last = max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
    if not key.startswith((f"model.layers.{last}.", "model.norm")):
        return False
    return tensor.dim() < 3 or (name == "mixtral" and "down_proj" in key)
