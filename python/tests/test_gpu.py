"""On a real card: limits against NVML's own figure, plans against what was measured, and memory that comes back.

Nobody has run these yet (2026-11): no session so far was lent a GPU. `python -m pytest -m gpu -s` prints each figure.
Models are made here from configs, with random weights, since such a machine reaches no hub.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pynvml
import pytest
import torch

from lbs import toy
from lbs.benchmarks.hooks import Hooks
from lbs.settings import Settings
from lbs.worker.devices import open_device
from lbs.worker.errors import RunError
from lbs.worker.runner import Runner

pytestmark = pytest.mark.gpu
MIB = 1 << 20
SIZES = {
    "small": {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8},
    "wide": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 4},
    "deep": {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 24},
    "gqa": {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 16, "num_key_value_heads": 8},
}
GRID = {"depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 8}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("models")
    toy.build(folder / "toy")
    tokenizer = AutoTokenizer.from_pretrained(folder / "toy")
    for name, sizes in SIZES.items():
        heads = sizes["hidden_size"] // 128
        config = LlamaConfig(
            vocab_size=len(tokenizer), max_position_embeddings=32768, **{"num_attention_heads": heads, **sizes}
        )
        LlamaForCausalLM(config).half().save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    return {name: folder / name for name in SIZES}


def runner(monkeypatch: pytest.MonkeyPatch, limit: float) -> tuple[Runner, Any]:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", str(limit))
    settings = Settings.load()
    device = open_device(None)
    return Runner(device, settings, lambda _state: None), device


def ask(model: Path, context: int) -> dict[str, Any]:
    return {
        "model": str(model),
        "dataset": "NeedleInAHaystack/NeedleInAHaystack",
        "parameters": {**GRID, "context_lengths": [context]},
        "offload": "never",
    }


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("context", [1024, 4096, 8192, 16384, 30000])
def test_the_limit_holds_and_the_plan_is_near(
    models: dict[str, Path], name: str, context: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, device = runner(monkeypatch, 0.5)
    result = working.run(ask(models[name], context), Hooks())
    (gpu, *_) = device.memory()
    measured, predicted = result["peak_memory"]["0"], result["plan"]["total"]
    print(f"{name} {context}: measured {measured / MIB:.0f} MiB, predicted {predicted / MIB:.0f} MiB")
    assert measured <= 0.5 * gpu["total"]
    assert predicted == pytest.approx(measured, rel=0.05)


def test_memory_is_back_within_a_second(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    working, device = runner(monkeypatch, 0.5)
    device.open()
    before = sum(gpu["used"] for gpu in device.memory())
    working.run(ask(models["wide"], 4096), Hooks())
    began = time.monotonic()
    while sum(gpu["used"] for gpu in device.memory()) > before + device.kept and time.monotonic() - began < 1:
        time.sleep(0.01)
    left = sum(gpu["used"] for gpu in device.memory()) - before
    print(f"left {left / MIB:.1f} MiB after {time.monotonic() - began:.2f} s")
    assert left <= device.kept and working.unreleased() == {}


def test_out_of_memory_is_explained_and_the_next_run_works(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    working, device = runner(monkeypatch, 0.9)
    device.open()
    total = pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0)).total
    free = torch.cuda.mem_get_info(0)[0]
    taken = torch.empty(int(free - 600 * MIB), dtype=torch.uint8, device="cuda:0")  # as another program would
    with pytest.raises(RunError) as caught:
        working.run(ask(models["deep"], 16384), Hooks())
    print(f"card {total / MIB:.0f} MiB: {caught.value.sentence}")
    assert caught.value.code == "out_of_memory" and caught.value.details["parsed"]["tried"] > 0
    del taken
    device.empty_cache()
    assert working.run(ask(models["small"], 1024), Hooks())["total_tests"] == 1
