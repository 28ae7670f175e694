"""A LoRA adapter is a model like any other: listed, planned, loaded under the limit, and refused with advice."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from lbs.api.errors import ApiError
from lbs.api.scan import scan_models
from lbs.api.submit import check_model
from lbs.benchmarks.hooks import Hooks
from lbs.convert.__main__ import main as convert
from lbs.memory.limit import SMALL_CONTEXT, Limits, compute_limits
from lbs.models.adapter import AdapterError, read_adapter
from lbs.models.apply_adapter import device_of, devices_of
from lbs.models.weights import weight_bytes
from lbs.plan import ModelError, Plan, Workload, config_hash, read_model
from lbs.plan.tracing.answer import answer
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import Checkpoint, read_checkpoint
from lbs.worker.loading.load import Loaded, load, read_tokenizer
from lbs.worker.loading.placement import Placed, Planner, place
from lbs.worker.runner import Runner
from tests.support.cards import ONE_CARD
from tests.support.messages import start_run
from tests.worker.test_emulated import GRID

pytestmark = pytest.mark.slow
MIB = 1 << 20
IDS = torch.tensor([[1, 5, 9, 33, 2]])


def adapter(base: Path, folder: Path, **config: Any) -> Path:
    """As a training run leaves it, in float32, with values that change what the model says."""
    words = {"r": 8, "target_modules": ["q_proj", "v_proj", "down_proj"], **config}
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(task_type="CAUSAL_LM", **words))
    torch.manual_seed(1)
    for name, tensor in model.named_parameters():
        if "lora_" in name or "modules_to_save" in name:
            tensor.data = torch.randn_like(tensor) * 0.2
    model.save_pretrained(folder)
    return renamed(folder, base_model_name_or_path=str(base))


def renamed(folder: Path, **changes: Any) -> Path:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return folder


@pytest.fixture(scope="module")
def toy(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a folder of its own, beside which adapters are put."""
    return shutil.copytree(toy, tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="module")
def lora(toy: Path) -> Path:
    return adapter(toy, toy.parent / "lora")


def planned(path: Path, device: EmulatedDevice) -> tuple[Checkpoint, Limits, Plan]:
    settings = Settings.load()
    limits = compute_limits(settings.gpu_memory_limit, device.cards(), 1 << 34)
    checkpoint = read_checkpoint(path, settings, [ONE_CARD])
    planner = Planner(checkpoint, limits, settings, device)
    return checkpoint, limits, planner.plan(Workload(1024, new_tokens=8))


def loaded(path: Path, device: EmulatedDevice) -> tuple[Loaded, Placed]:
    """By the worker's own steps."""
    device.open()
    checkpoint, limits, plan = planned(path, device)
    device.apply_limit(limits)
    placed = place(plan, "auto")
    tokenizer = read_tokenizer(checkpoint, Settings.load())
    return load(checkpoint, tokenizer, placed, limits, device, Settings.load(), lambda _share: None), placed


def says(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits.float()
    return found


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"use_dora": True},
        {"target_modules": "all-linear", "use_rslora": True, "rank_pattern": {"q_proj": 16}},
        {"modules_to_save": ["lm_head"], "target_modules": ["embed_tokens", "o_proj"]},
    ],
)
def test_it_changes_the_output_and_the_plan_counts_its_bytes(
    toy: Path, tmp_path: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float32")
    path, device = adapter(toy, tmp_path / "lora", **config), EmulatedDevice([256 * MIB])
    found, placed = loaded(path, device)
    base = AutoModelForCausalLM.from_pretrained(toy)
    assert not torch.allclose(says(found.model), says(base), atol=1e-1)
    # peft's own way. transformers' (from_pretrained of the adapter's folder) loses the magnitudes of DoRA.
    assert torch.equal(says(found.model), says(PeftModel.from_pretrained(base, str(path)).eval()))
    _, _, of_base = planned(toy, device)
    assert device.memory()[0]["weights"] == placed.plan.demand.weights > of_base.demand.weights
    assert placed.plan.demand.method == of_base.demand.method == "traced"


def run(path: Path, device: EmulatedDevice, **grid: Any) -> dict[str, Any]:
    runner = Runner(device, Settings.load(), lambda _state: None)
    message = start_run(path, {**GRID, **grid}, "NeedleInAHaystack/single_needle_retrieval")
    result = runner.run(replace(message, offload="auto"), Hooks())
    assert device.memory()[0]["used"] == SMALL_CONTEXT and runner.unreleased() == {}
    return result


def test_a_run_with_it_stays_within_the_plan(lora: Path) -> None:
    result = run(lora, EmulatedDevice([256 * MIB]))
    (gpu,) = result["plan"]["gpus"]
    assert gpu["total_low"] <= result["peak_memory"]["0"] <= gpu["total"]


def test_some_of_its_layers_may_be_on_the_cpu(lora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.109")
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float32")
    result = run(lora, EmulatedDevice([256 * MIB]), context_lengths=[256], max_new_tokens=4)
    assert result["offload"] > 0 and result["peak_memory"]["0"] <= 0.109 * 256 * MIB


def test_it_gets_the_dtype_of_the_run(lora: Path) -> None:
    found, _ = loaded(lora, EmulatedDevice([256 * MIB]))
    assert {tensor.dtype for tensor in found.model.parameters()} == {torch.float16}


def test_bytes_and_hash_include_the_base_and_the_adapter(toy: Path, lora: Path) -> None:
    own = sum(tensor.numel() for tensor in load_file(lora / "adapter_model.safetensors").values())
    assert weight_bytes(lora, 2) == weight_bytes(toy, 2) + 2 * own
    model = read_model(str(lora), "float16")
    assert model.path == str(lora) and model.stored == weight_bytes(lora, 2)
    assert config_hash(str(lora)) != config_hash(str(toy))
    request: Any = {
        "path": str(lora),
        "dtype": "float16",
        "kernels": "sm_80",
        "trust_remote_code": False,
        "native": False,
        "works": [],
    }
    assert "error" not in answer(request)


def test_the_tokenizer_is_that_of_the_base_unless_it_has_its_own(toy: Path, lora: Path, tmp_path: Path) -> None:
    assert read_checkpoint(lora, Settings.load(), [ONE_CARD]).tokenizer == toy
    own = shutil.copytree(lora, tmp_path / "own")
    for file in toy.glob("tokenizer*"):
        shutil.copy(file, own)
    assert read_checkpoint(own, Settings.load(), [ONE_CARD]).tokenizer == own
    found, _ = loaded(own, EmulatedDevice([256 * MIB]))
    assert found.tokenizer("needle")["input_ids"]


def test_it_is_listed_and_may_name_its_base_by_a_relative_path(toy: Path, lora: Path) -> None:
    beside = shutil.copytree(lora, lora.parent / "beside")
    renamed(beside, base_model_name_or_path="../tiny-llama")
    assert {one["name"].rpartition("/")[2] for one in scan_models(str(toy.parent), 1, Settings())} == {
        "tiny-llama",
        "lora",
        "beside",
    }
    assert check_model(str(beside), Settings()) == beside.resolve()
    found = read_adapter(beside)
    assert found is not None and found.base == toy.resolve()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"base_model_name_or_path": "meta-llama/Llama-3-8B"}, "is for the base model meta-llama/Llama-3-8B"),
        ({"base_model_name_or_path": None}, "does not say which model"),
        ({"base_model_name_or_path": "."}, "contains no such model"),
        ({"base_model_name_or_path": "../lora/../beside-base"}, "an adapter itself"),
        ({"peft_type": "PROMPT_TUNING"}, "of type PROMPT_TUNING"),
        ({"init_lora_weights": "pissa"}, "save it as a plain LoRA"),
    ],
)
def test_an_invalid_adapter_is_refused_everywhere_in_one_sentence(
    lora: Path, toy: Path, tmp_path: Path, changes: dict[str, Any], word: str
) -> None:
    stacked = tmp_path / "beside-base"
    shutil.copytree(lora, stacked)
    shutil.copy(toy / "config.json", stacked)
    path = renamed(shutil.copytree(lora, tmp_path / "lora"), **changes)
    with pytest.raises(AdapterError) as read:
        read_adapter(path)
    text = str(read.value)
    assert word in text and "\n" not in text
    if "base_model_name_or_path" in changes:
        assert f"set base_model_name_or_path in {path / 'adapter_config.json'}" in text
    with pytest.raises(ApiError) as submitted:
        check_model(str(path), Settings())
    with pytest.raises(ModelError) as planned:
        read_model(str(path), "float16")
    with pytest.raises(RunError) as ran:
        read_checkpoint(path, Settings.load(), [ONE_CARD])
    assert str(submitted.value) == str(planned.value) == str(ran.value) == text


def test_an_adapter_of_another_model_is_refused_not_half_loaded(lora: Path, tmp_path: Path) -> None:
    file = "adapter_model.safetensors"
    tensors = load_file(lora / file)
    first = next(iter(tensors))
    damaged: dict[str, dict[str, torch.Tensor]] = {
        "more": tensors | {first.replace("layers.0", "layers.9"): tensors[first].clone()},
        "less": {name: tensor for name, tensor in tensors.items() if name != first},
        "other": tensors | {first: torch.zeros(3, 5)},
    }
    for name, held in damaged.items():
        path = shutil.copytree(lora, tmp_path / name)
        save_file(held, path / file)
        with pytest.raises(RunError) as caught:
            loaded(path, EmulatedDevice([256 * MIB]))
        assert caught.value.code == "invalid_model"
        assert "base" in str(caught.value) and "lora_" in str(caught.value)


def test_a_pickled_adapter_is_refused_with_the_command_and_converted_by_it(lora: Path, tmp_path: Path) -> None:
    path = shutil.copytree(lora, tmp_path / "pickled")
    file = path / "adapter_model.safetensors"
    torch.save(load_file(file), path / "adapter_model.bin")
    file.unlink()
    with pytest.raises(ApiError) as submitted:
        check_model(str(path), Settings())
    with pytest.raises(RunError) as ran:
        read_checkpoint(path, Settings.load(), [ONE_CARD])
    assert str(submitted.value) == str(ran.value)
    assert f"python -m lbs.convert {path}" in str(ran.value)
    assert convert([str(path)]) == 0 and check_model(str(path), Settings()) == path.resolve()
    assert load_file(file).keys() == load_file(lora / "adapter_model.safetensors").keys()


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("lm_head.modules_to_save.default.weight", 1),
        ("model.layers.3.self_attn.q_proj.lora_A.default.weight", 0),
        ("model.layers.3.self_attn.q_proj.base_layer.weight", 0),
        ("model.layers.30.self_attn.q_proj.lora_B.default.weight", None),
        ("weight", None),
    ],
)
def test_parameters_of_an_adapter_go_to_the_device_of_their_module(name: str, home: int | None) -> None:
    homes = {"lm_head": torch.device("cuda:1"), "model.layers.3.self_attn.q_proj": torch.device("cuda:0")}
    assert device_of(name, homes) == (None if home is None else torch.device(f"cuda:{home}"))


def test_a_models_modules_are_where_their_parameters_are() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2, device="meta"), torch.nn.ReLU())
    assert devices_of(model) == {"0": torch.device("cpu")}
