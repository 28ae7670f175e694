"""Quantized models through the worker, on the CPU: where a library is installed, its own layers run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers as hub
from torch import nn
from torch.testing._internal.two_tensor import TwoTensor

from lbs.api.submit import check_model
from lbs.benchmarks.hooks import Hooks
from lbs.settings import Settings
from lbs.worker.cache import Entry
from lbs.worker.devices.base import model_bytes
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.runner import Runner
from tests.support.messages import start_run
from tests.support.quantizing import by_torchao, in_eight_bits, in_four_bits

pytestmark = pytest.mark.slow
MIB = 1 << 20
SMALL: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
}


@pytest.mark.parametrize(
    ("library", "settings", "title"),
    [
        ("bitsandbytes", in_four_bits, "bitsandbytes, 4 bits"),
        ("bitsandbytes", in_eight_bits, "bitsandbytes, 8 bits"),
        ("torchao", by_torchao, "torchao"),
    ],
)
def test_a_quantized_model_runs_as_planned(
    library: str, settings: Any, title: str, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed, and a test of the worker needs its layers")
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float32")
    tokenizer = hub.AutoTokenizer.from_pretrained(toy)
    torch.manual_seed(0)
    whole = hub.AutoModelForCausalLM.from_config(hub.LlamaConfig(**SMALL, vocab_size=len(tokenizer)))
    whole.save_pretrained(tmp_path / "whole")
    packed = hub.AutoModelForCausalLM.from_pretrained(
        tmp_path / "whole", quantization_config=settings(), dtype=torch.float32, device_map={"": "cpu"}
    )
    for saved in (packed, tokenizer):
        saved.save_pretrained(tmp_path / "packed")
    assert check_model(str(tmp_path / "packed"), Settings.load()) == tmp_path / "packed"
    grid = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    runner = Runner(EmulatedDevice([1024 * MIB]), Settings.load(), lambda _state: None)
    result = runner.run(start_run(tmp_path / "packed", grid, "NeedleInAHaystack/single_needle_retrieval"), Hooks())
    assert result["quantization"] == title and result["total_tests"] == 1
    assert f"The weights are quantized ({title}): scores are those of the quantized model." in result["notes"]
    (gpu,) = result["plan"]["gpus"]
    assert gpu["total_low"] - MIB <= result["peak_memory"]["0"] <= gpu["total"]


class Model(nn.Module):
    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)


def test_tensors_that_wrap_others_count_what_they_wrap() -> None:
    """As torchao's weights do, which have no storage of their own."""
    wrapped: torch.Tensor = TwoTensor(torch.ones(4096), torch.zeros(4096))  # type: ignore[no-untyped-call]
    assert model_bytes(Model(wrapped)) == 2 * 4 * 4096


def test_scales_beside_a_weight_count() -> None:
    """As bitsandbytes keeps them: of four bits in a state, nested or not, and of eight in an attribute."""
    model = Model(torch.zeros(4096, dtype=torch.uint8))
    nested = SimpleNamespace(absmax=torch.zeros(256), code=torch.zeros(256), blocksize=256)
    model.weight.quant_state = SimpleNamespace(absmax=torch.zeros(1024), offset=None, state2=nested)  # type: ignore[attr-defined]
    assert model_bytes(model) == 4096 + 4096 + 1024 + 1024
    eight = Model(torch.zeros(4096, dtype=torch.uint8))
    eight.weight.SCB = torch.zeros(128)  # type: ignore[attr-defined]
    assert model_bytes(eight) == 4096 + 512
    ledger = EmulatedDevice([1024 * MIB])
    ledger.open()
    assert ledger.adopt(model, {"": 0}) == {0: model_bytes(model)}
    ledger.park(model)
    ledger.empty_cache()
    assert ledger.memory()[0]["used"] == ledger.cards()[0].overhead


def test_a_model_that_stays_quantized_is_dropped_and_not_moved() -> None:
    def entry(**model: Any) -> Entry:
        return Entry(SimpleNamespace(), SimpleNamespace(model=SimpleNamespace(**model)), {"": 0}, {0: 1})  # type: ignore[arg-type]

    assert entry().idle.movable and not entry(is_quantized=True).idle.movable
