"""Logits that are no numbers end a run at its first item, with a dtype that holds the values, where one fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks.hooks import Hooks
from lbs.protocol.messages import JsonObject, StartRun
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.runner import Runner
from tests.support.messages import start_run

pytestmark = pytest.mark.slow
MIB = 1 << 20
EXAM = Path(__file__).parents[1] / "benchmarks" / "ceval_exam"
GRID = {"context_lengths": [256], "depths": [0, 50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 2}


@pytest.fixture(scope="module")
def overflowing(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in bfloat16 with values that float16 does not hold."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("models") / "overflowing"
    model = AutoModelForCausalLM.from_pretrained(toy, dtype=torch.bfloat16)
    model.get_input_embeddings().weight.data.mul_(1e7)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(toy).save_pretrained(folder)
    return folder


def run(
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    items: list[Any] | None = None,
    message: StartRun | None = None,
    **environment: str,
) -> Any:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.9")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    device = EmulatedDevice([512 * MIB])
    hooks = Hooks(on_item=lambda key, item: items.append(item) if items is not None else None)
    return Runner(device, Settings.load(), lambda _: None).run(message or start_run(model, GRID), hooks)


@pytest.mark.parametrize(("capability", "wider"), [("8.0", "bfloat16"), ("7.5", "float32")])
def test_float16_that_overflows_ends_the_run(
    overflowing: Path, monkeypatch: pytest.MonkeyPatch, capability: str, wider: str
) -> None:
    items: list[Any] = []
    with pytest.raises(RunError, match="not numbers") as caught:
        run(
            overflowing,
            monkeypatch,
            items,
            LBS_TORCH_DTYPE="float16",
            LBS_EMULATED_COMPUTE_CAPABILITY=capability,
        )
    (way,) = caught.value.details["ways_out"]
    assert (caught.value.code, items) == ("non_finite", [])
    assert (way["change"], way["from"], way["to"]) == ("dtype", "float16", wider)
    assert f"dtype float16 -> {wider}" in str(caught.value)


def test_unset_it_stays_in_bfloat16_and_runs(overflowing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(overflowing, monkeypatch)
    assert (result["dtype"], result["dtype_source"], result["total_tests"]) == ("bfloat16", "checkpoint", 2)
    assert result["plan"]["dtype"] == "bfloat16"


@pytest.mark.parametrize("parameters", [{}, {"scoring": "generation"}])
def test_c_eval_gives_no_score_to_them(
    overflowing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: JsonObject
) -> None:
    (tmp_path / "datasets.json").write_text(json.dumps({"C-Eval": str(EXAM)}))
    message = start_run(overflowing, {"limit": 2, "subjects": ["accountant"], **parameters}, "C-Eval/C-Eval")
    items: list[Any] = []
    with pytest.raises(RunError) as caught:
        run(
            overflowing,
            monkeypatch,
            items,
            message,
            LBS_TORCH_DTYPE="float16",
            LBS_DATASETS=str(tmp_path / "datasets.json"),
        )
    assert (caught.value.code, items) == ("non_finite", [])
