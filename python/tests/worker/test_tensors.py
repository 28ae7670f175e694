"""What is on disk is what runs: a load that would leave random weights is refused, and the legitimate ones are not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hub
from safetensors.torch import load_file, save_file

from lbs.api.errors import ApiError
from lbs.api.submit import check_model
from lbs.benchmarks.hooks import Hooks
from lbs.models.context_length import context_length
from lbs.plan import read_model
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.loading.load import Loaded
from lbs.worker.loading.placement import Placed
from lbs.worker.runner import Runner
from tests.models.test_adapter import loaded
from tests.support.messages import start_run

pytestmark = pytest.mark.slow
MIB = 1 << 20
IDS = torch.tensor([[1, 5, 9, 33, 2]])
SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "pad_token_id": 0,
    "eos_token_id": 2,
}
Tensors = dict[str, torch.Tensor]
Change = Callable[[Tensors], Tensors]


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float32")


class Zoo:
    """Tiny models with random weights and the toy's tokenizer."""

    def __init__(self, folder: Path, toy: Path) -> None:
        self._folder = folder
        self._tokenizer = hub.AutoTokenizer.from_pretrained(toy)

    def model(self, config: Any, kind: Any = hub.AutoModelForCausalLM, **saving: Any) -> Path:
        torch.manual_seed(0)
        config.vocab_size = len(self._tokenizer)
        path = self._folder / f"m{len(list(self._folder.iterdir()))}"
        (kind.from_config if hasattr(kind, "from_config") else kind)(config).save_pretrained(path, **saving)
        self._tokenizer.save_pretrained(path)
        return path

    def changed(self, base: Path, change: Change | None = None, **config: Any) -> Path:
        path = shutil.copytree(base, self._folder / f"m{len(list(self._folder.iterdir()))}")
        if change:
            tensors = change(load_file(path / "model.safetensors"))
            kept = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
            save_file(kept, path / "model.safetensors", metadata={"format": "pt"})
        numbers = json.loads((path / "config.json").read_text()) | config
        (path / "config.json").write_text(json.dumps(numbers))
        return path


@pytest.fixture(scope="module")
def zoo(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return Zoo(tmp_path_factory.mktemp("zoo"), toy)


@pytest.fixture(scope="module")
def llama(zoo: Zoo) -> Path:
    return zoo.model(hub.LlamaConfig(**SMALL))


def load(path: Path) -> tuple[Loaded, Placed]:
    return loaded(path, EmulatedDevice([256 * MIB]))


def says(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits
    return found


def without(part: str) -> Change:
    return lambda tensors: {name: tensor for name, tensor in tensors.items() if part not in name}


def beside(**more: torch.Tensor) -> Change:
    return lambda tensors: tensors | {name.replace("__", "."): tensor for name, tensor in more.items()}


@pytest.mark.parametrize(
    ("change", "config", "text"),
    [
        (without("layers.1."), {}, "is incomplete: 1 of its 2 layers are not in its weights (1)"),
        (
            None,
            {"num_hidden_layers": 9},
            "is incomplete: 7 of its 9 layers are not in its weights (2, 3, 4, 5, 6, ...)",
        ),
        (without("lm_head"), {}, "is incomplete: its weights have no lm_head, which its config does not tie"),
        (without("lm_head"), {"architectures": ["LlamaModel"]}, "is a model of type LlamaModel, not a causal language"),
        (
            None,
            {"tie_word_embeddings": True},
            "config ties lm_head to the embeddings, but its weights have two different",
        ),
    ],
)
def test_what_headers_tell_is_refused_at_submit(
    zoo: Zoo, llama: Path, change: Change | None, config: dict[str, Any], text: str
) -> None:
    with pytest.raises(ApiError) as submitted:
        check_model(str(zoo.changed(llama, change, **config)), Settings())
    assert text in str(submitted.value) and submitted.value.code == "invalid_model"


@pytest.mark.parametrize(
    ("change", "config", "text"),
    [
        (
            lambda tensors: {f"other.{name}": tensor for name, tensor in tensors.items()},
            {},
            "is incomplete: its weights lack 21 of the model's tensors (lm_head.weight, model.embed_tokens.weight, "
            "model.layers.0.input_layernorm.weight, model.layers.0.mlp.down_proj.weight, "
            "model.layers.0.mlp.gate_proj.weight, ...), which would be random; download the model again.",
        ),
        (
            without("k_proj"),
            {},
            "lack 2 of the model's tensors (model.layers.0.self_attn.k_proj.weight, model.layers.1",
        ),
        (
            beside(model__layers__0__self_attn__q_proj__bias=torch.zeros(64)),
            {},
            "does not match its config: the model has no place for 1 of its tensors (model.layers.0.self_attn.q_proj.bias)",
        ),
        (None, {"num_hidden_layers": 1}, "the model has no place for 9 of its tensors (model.layers.1.input_layernorm"),
        (
            None,
            {"intermediate_size": 96},
            "6 of its tensors have another shape than the model's (model.layers.0.mlp.down_proj.weight: [64, 128] != [64, 96]",
        ),
    ],
)
def test_missing_and_unexpected_tensors_are_refused_by_name(
    zoo: Zoo, llama: Path, change: Change | None, config: dict[str, Any], text: str
) -> None:
    device = EmulatedDevice([256 * MIB])
    with pytest.raises(RunError) as caught:
        loaded(zoo.changed(llama, change, **config), device)
    assert caught.value.code == "invalid_model" and text in str(caught.value) and "\n" not in str(caught.value)


def test_an_adapter_on_an_incomplete_base_is_refused(zoo: Zoo, llama: Path) -> None:
    from tests.models.test_adapter import adapter, renamed

    path = adapter(llama, zoo.changed(llama).with_name("lora"), target_modules=["q_proj"])
    found, _ = load(path)
    assert any("lora_" in name for name, _ in found.model.named_parameters())
    renamed(path, base_model_name_or_path=str(zoo.changed(llama, without("v_proj"))))
    with pytest.raises(RunError, match="lack 2 of the model's tensors"):
        load(path)


def mask(*names: str) -> Change:
    return lambda tensors: tensors | {name: torch.ones(1, 1, 64, 64) for name in names}


def test_tensors_that_are_rightly_absent_or_superfluous_are_no_fault(zoo: Zoo, llama: Path) -> None:
    tied = {**SMALL, "tie_word_embeddings": True}
    gpt2 = zoo.model(hub.GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=2048))
    neox = zoo.model(
        hub.GPTNeoXConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4)
    )
    base = zoo.model(hub.LlamaConfig(**tied), hub.LlamaModel)
    inv_freq = {f"model__layers__{n}__self_attn__rotary_emb__inv_freq": torch.zeros(8) for n in range(2)}

    def embedded(tensors: Tensors) -> Tensors:
        return tensors | {"lm_head.weight": tensors["embed_tokens.weight"]}

    for path in (
        zoo.model(hub.LlamaConfig(**tied)),
        base,
        zoo.changed(base, embedded),
        zoo.changed(llama, beside(**inv_freq)),
        zoo.changed(gpt2, mask("transformer.h.0.attn.bias", "transformer.h.1.attn.bias")),
        zoo.changed(neox, mask("gpt_neox.layers.0.attention.bias")),
        zoo.model(hub.LlamaConfig(**SMALL), max_shard_size="200KB"),
        zoo.model(hub.Gemma3TextConfig(**SMALL, head_dim=16, sliding_window=64)),
        zoo.model(hub.MixtralConfig(**SMALL, num_local_experts=4, num_experts_per_tok=2)),
        zoo.model(
            hub.Qwen3MoeConfig(**SMALL, head_dim=16, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32)
        ),
    ):
        assert check_model(str(path), Settings()) == path
        found, placed = load(path)
        assert torch.isfinite(says(found.model)).all()
        assert placed.plan.demand.weights == sum(found.gpus.values())


def packed_fp8(tensors: Tensors) -> Tensors:
    """The projections as block-wise fp8, 32 x 32 values a block."""
    found: Tensors = {}
    for name, tensor in tensors.items():
        if "proj" not in name:
            found[name] = tensor
            continue
        blocks = tensor.reshape(tensor.shape[0] // 32, 32, tensor.shape[1] // 32, 32)
        scales = blocks.abs().amax((1, 3)) / 448
        found[name] = (blocks / scales[:, None, :, None]).reshape(tensor.shape).to(torch.float8_e4m3fn)
        found[f"{name}_scale_inv"] = scales
    return found


FP8 = {"quant_method": "fp8", "weight_block_size": [32, 32], "activation_scheme": "dynamic"}


def test_an_fp8_checkpoint_is_planned_and_loaded_at_its_full_size(zoo: Zoo, llama: Path) -> None:
    path = zoo.changed(llama, packed_fp8, quantization_config=FP8)
    model = read_model(str(path), "float32")
    assert model.packed is None and model.stored == read_model(str(llama), "float32").stored
    found, placed = load(path)
    whole, of_whole = load(llama)
    assert {tensor.dtype for tensor in found.model.parameters()} == {torch.float32}
    assert placed.plan.demand.weights == of_whole.plan.demand.weights == sum(found.gpus.values())
    assert "(fp8) and was dequantized while loading" in str(placed.plan.demand.reason)
    # e4m3 keeps three bits after the first.
    for (name, tensor), (_, original) in zip(
        found.model.named_parameters(), whole.model.named_parameters(), strict=True
    ):
        assert torch.allclose(tensor, original, rtol=1 / 15, atol=1e-4), name
    with pytest.raises(
        RunError, match=r"lack 14 of the model's tensors \(model.layers.0.mlp.down_proj.weight_scale_inv"
    ):
        load(zoo.changed(path, without("scale_inv")))


def test_an_mxfp4_checkpoint_is_planned_and_loaded_at_its_full_size(zoo: Zoo) -> None:
    config = hub.GptOssConfig(**SMALL, head_dim=16, num_local_experts=4, num_experts_per_tok=2, sliding_window=64)
    whole = zoo.model(config)

    def pack(tensors: Tensors) -> Tensors:
        found: Tensors = {}
        for name, tensor in tensors.items():
            if name.endswith(("gate_up_proj", "down_proj")):
                experts, inner, outer = tensor.shape
                found[f"{name}_blocks"] = torch.full((experts, outer, inner // 32, 16), 0x22, dtype=torch.uint8)
                found[f"{name}_scales"] = torch.full((experts, outer, inner // 32), 120, dtype=torch.uint8)
            else:
                found[name] = tensor
        return found

    path = zoo.changed(whole, pack, quantization_config={"quant_method": "mxfp4"})
    assert read_model(str(path), "float32").stored == read_model(str(whole), "float32").stored
    found, placed = load(path)
    # 0x22 are two values of 1.0, the scale is 2^(120 - 127).
    experts = found.model.model.layers[0].mlp.experts.gate_up_proj
    assert experts.shape == (4, 64, 256) and experts.unique().tolist() == [2**-7]
    assert placed.plan.demand.weights == sum(found.gpus.values())


def test_a_run_stamps_what_differs_from_the_files(zoo: Zoo, llama: Path) -> None:
    path = zoo.changed(llama, packed_fp8, quantization_config=FP8, attn_implementation="flash_attention_2")
    grid = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    runner = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _state: None)
    result = runner.run(start_run(path, grid, "NeedleInAHaystack/single_needle_retrieval"), Hooks())
    notes = [
        "The checkpoint is quantized (fp8) and was dequantized while loading: its weights take their full size.",
        "The config asks for the attention flash_attention_2; PyTorch's own was used.",
    ]
    assert [note for note in result["notes"] if note in notes] == notes
    assert all(note in result["plan"]["reason"] for note in notes) and result["plan"]["method"] == "traced"
    (gpu,) = result["plan"]["gpus"]
    assert gpu["total_low"] <= result["peak_memory"]["0"] <= gpu["total"]


def test_the_scaled_length_runs_and_one_more_token_does_not(zoo: Zoo, llama: Path) -> None:
    scaling = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 256, "rope_theta": 10000.0}
    path = zoo.changed(llama, max_position_embeddings=256, rope_parameters=scaling)
    grid = {"depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    runner = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _state: None)
    name = "NeedleInAHaystack/single_needle_retrieval"
    result = runner.run(start_run(path, {**grid, "context_lengths": [508]}, name), Hooks())
    assert result["total_tests"] == 1
    with pytest.raises(RunError, match="512"):
        runner.run(start_run(path, {**grid, "context_lengths": [509]}, name), Hooks())


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (
            {"hidden_size": 66},
            "validate_architecture': ValueError: The hidden size (66) is not a multiple of the number",
        ),
        ({"dtype": "float99"}, "has no attribute 'float99'"),
        ({"sub_configs": {"a": 1}}, "property 'sub_configs'"),
        ({"hidden_act": "nope"}, "cannot be loaded: KeyError: 'nope'"),
    ],
)
def test_a_config_that_transformers_refuses_is_a_sentence(
    zoo: Zoo, llama: Path, config: dict[str, Any], text: str
) -> None:
    with pytest.raises(RunError) as caught:
        load(zoo.changed(llama, **config))
    assert caught.value.code == "invalid_model" and text in str(caught.value) and "\n" not in str(caught.value)


def test_the_mpt_length_holds_for_plan_and_run(zoo: Zoo) -> None:
    path = zoo.model(hub.MptConfig(d_model=64, n_layers=2, n_heads=4, max_seq_len=256))
    assert context_length(read_model(str(path), "float32").config).most == 256
    runner = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _state: None)
    grid = {"context_lengths": [254], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    with pytest.raises(RunError, match="256") as caught:
        runner.run(start_run(path, grid, "NeedleInAHaystack/single_needle_retrieval"), Hooks())
    assert caught.value.code == "invalid_parameters"
