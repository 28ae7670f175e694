"""Quantized models: sizes from the settings of each method, over the blocks of a trace, and who refuses what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.api.errors import ApiError
from lbs.api.submit import check_model
from lbs.models import quantization
from lbs.models.packing import named_exceptions
from lbs.models.quantization import Quantization
from lbs.plan import Model, ModelError, Plan, PlanInput, Workload, make_plan, parse_gpus, read_model
from lbs.plan.__main__ import as_text
from lbs.plan.gpus import Gpu
from lbs.plan.tracing.answer import answer
from lbs.settings import Settings
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import read_checkpoint
from tests.models.test_packing import HQQ, INT4, LAYERS
from tests.support.cards import ONE_CARD
from tests.support.safetensors import write_safetensors

QWEN_7B: dict[str, Any] = {
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
}
LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 1024,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
}


NAMES = (
    *("bits", "w_bit", "nbits", "group_size", "q_group_size", "dynamic", "extra_config", "quant_config", "lm_head"),
    *("weight_quant_params", "quant_type", "default", "_type", "_data", "weights", "load_in_4bit", "load_in_8bit"),
    *("num_codebooks", "nbits_per_codebook", "in_group_size", "out_group_size", "modules_to_not_convert"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 1 << 70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner),
    max_leaves=6,
)


@given(
    method=st.sampled_from([*{case[0] for case in LAYERS}]), settings=st.dictionaries(st.sampled_from(NAMES), VALUES)
)
def test_no_settings_break_a_plan(method: str, settings: dict[str, Any]) -> None:
    """They are foreign data: what makes no sense counts as the default, or as not quantized."""
    found = Quantization(method, settings)
    assert found.title and isinstance(named_exceptions(settings) or [], list)
    assert found.refusal([None, (8, 0)]) is None or found.refusal([(5, 0)])
    if packing := found.packing("model.layers.0.mlp.up_proj", 2):
        assert 0 < packing.bits < 16 and all(size > 0 for size in packing.sizes(256, 512))
        assert min(packing.held(256, 512, 7, 2)) >= 0


def planned(path: Path, context: int = 1, new_tokens: int = 2048, gpus: str = "80GiB", batch: int = 1) -> Plan:
    model = read_model(str(path), None, parse_gpus(gpus))
    return make_plan(PlanInput(model, Workload(context, batch, new_tokens), tuple(parse_gpus(gpus))), answer)


def config(folder: Path, numbers: dict[str, Any], settings: dict[str, Any] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    text = json.dumps(numbers | ({"quantization_config": settings} if settings else {}))
    (folder / "config.json").write_text(text)
    return folder / "config.json"


def test_mxfp4_counts_four_times_its_files(tmp_path: Path) -> None:
    numbers = LLAMA | {
        "model_type": "gpt_oss",
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "head_dim": 64,
        "num_key_value_heads": 2,
    }
    whole = planned(config(tmp_path / "whole", numbers), new_tokens=2)
    plan = planned(config(tmp_path / "m", numbers, {"quant_method": "mxfp4"}), new_tokens=2)
    assert plan.demand.weights == whole.demand.weights
    assert "(mxfp4) and was dequantized while loading" in str(plan.demand.reason)


def test_the_head_and_named_modules_stay_whole(tmp_path: Path) -> None:
    def layers(settings: dict[str, Any]) -> tuple[list[int], int]:
        blocks = planned(config(tmp_path / "m", LLAMA, settings), new_tokens=2).demand.blocks
        return blocks.layers, blocks.post

    awq = {"quant_method": "awq", "bits": 4, "group_size": 128}
    plain, head = layers(awq)
    some, same_head = layers(awq | {"modules_to_not_convert": ["model.layers.1.mlp"]})
    assert same_head == head >= 1024 * 256 * 2
    assert layers(awq | {"modules_to_not_convert": ["no pattern ("]}) == (plain, head)
    assert some[0] == plain[0] and some[1] > plain[1] + 3 * 256 * 512 and some[2] == plain[2]
    _, packed_head = layers({"quant_method": "gptq", "bits": 4, "lm_head": True})
    assert packed_head < head / 3


@pytest.mark.parametrize("kind", ["generate", "score", "choose"])
def test_a_kernel_that_unpacks_is_counted(tmp_path: Path, kind: Any) -> None:
    """bitsandbytes: nothing for one token in four bits, a whole layer for more; int8 copies and int32 outputs in eight."""

    def activations(settings: dict[str, Any] | None, context: int) -> int:
        model = read_model(str(config(tmp_path / "m", LLAMA, settings)), "float16", GPUS)
        plan = make_plan(PlanInput(model, Workload(context, 1, 2, kind), GPUS), answer)
        return plan.gpus[0].live_peak - plan.demand.weights

    whole = activations(None, 64)
    four = activations({"quant_method": "bitsandbytes", "load_in_4bit": True}, 64)
    assert whole <= four <= whole + 6 * 256 * 512 + 512 * 64
    half = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_compute_dtype": "float16"}
    assert whole <= activations(half, 64) <= whole + 2 * 256 * 512 + 512 * 64
    eight = activations({"quant_method": "bitsandbytes", "load_in_8bit": True}, 64)
    assert whole <= eight <= whole + 64 * (256 + 4 * 512) + 4096


GPUS = tuple(parse_gpus("24GiB"))


def quantized_folder(folder: Path, settings: dict[str, Any], bits: Callable[[int], int]) -> Path:
    """Weights of LLAMA whose projections are packed; those of layer n take `bits(n)` each."""
    config(folder, LLAMA, settings)
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {
        "model.embed_tokens.weight": ("F16", (1024, 256)),
        "lm_head.weight": ("F16", (1024, 256)),
        "model.norm.weight": ("F16", (256,)),
    }
    for number in range(3):
        name = f"model.layers.{number}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{name}.{norm}.weight"] = ("F16", (256,))
        for part, rows, columns in (
            *((f"self_attn.{part}_proj", 256, 256) for part in "qkvo"),
            ("mlp.gate_proj", 512, 256),
            ("mlp.up_proj", 512, 256),
            ("mlp.down_proj", 256, 512),
        ):
            tensors[f"{name}.{part}.qweight"] = ("I32", (columns * bits(number) // 32, rows))
            tensors[f"{name}.{part}.qzeros"] = ("I32", (columns // 128, rows * bits(number) // 32))
            tensors[f"{name}.{part}.scales"] = ("F16", (columns // 128, rows))
    write_safetensors(folder / "model.safetensors", tensors)
    (folder / "tokenizer.json").write_text("{}")
    return folder


AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128}


def test_files_tell_each_block_its_own_bytes(tmp_path: Path) -> None:
    alike = planned(quantized_folder(tmp_path / "alike", AWQ, lambda _: 4), new_tokens=2).demand.blocks
    alone = planned(config(tmp_path / "alone", LLAMA, AWQ), new_tokens=2).demand.blocks
    # The trace counts buffers, and whole blocks of the allocator.
    assert alike.layers == pytest.approx(alone.layers, rel=0.01) and alike.post == pytest.approx(alone.post, rel=0.01)
    mixed = planned(quantized_folder(tmp_path / "mixed", AWQ, lambda number: 8 if number == 1 else 4), new_tokens=2)
    first, second, third = mixed.demand.blocks.layers
    assert first == third == alike.layers[0] and second > 1.8 * first
    model = read_model(str(tmp_path / "mixed"), None, GPUS)
    assert mixed.demand.weights == model.stored


def test_a_model_whose_packages_are_missing_is_planned_and_refused_at_submit(tmp_path: Path) -> None:
    folder = quantized_folder(tmp_path / "m", AWQ, lambda _: 4)
    line = "The checkpoint is quantized with awq, which needs packages that are not installed: pip install 'gptqmodel>="
    plan = planned(folder, new_tokens=2)
    refusal = plan.as_json()["refusal"]
    assert refusal is not None and refusal.startswith(line) and line not in str(plan.demand.reason)
    assert plan.verdict == "fits" and f"Verdict: fits, but a run is refused: {refusal}" in as_text(plan)
    with pytest.raises(ApiError) as submitted:
        check_model(str(folder), Settings())
    with pytest.raises(RunError) as ran:
        read_checkpoint(folder, Settings.load(), [ONE_CARD])
    assert str(submitted.value) == str(ran.value) and str(ran.value).startswith(line)


def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization, "_installed", lambda _needed: True)


def of_card(capability: tuple[int, int]) -> list[Gpu]:
    return [replace(gpu, card=replace(gpu.card, compute_capability=capability)) for gpu in parse_gpus("24GiB")]


REFUSED = [
    ("awq", {}, (7, 0), "awq, which needs a GPU of compute capability 7.5 or newer, and this one has 7.0"),
    (
        "bitsandbytes",
        {"load_in_8bit": True},
        (7, 0),
        "bitsandbytes, 8 bits, which needs a GPU of compute capability 7.5",
    ),
    ("bitsandbytes", {"load_in_4bit": True}, (7, 0), None),
    ("fbgemm_fp8", {}, (8, 9), "compute capability 9.0 or newer, and this one has 8.9"),
    ("torchao", INT4, (7, 5), "compute capability 8.0"),
    ("fp8", {}, (7, 0), None),
    ("mxfp4", {}, (7, 0), None),
    ("gptq", {"bits": 4}, (7, 5), None),
]


@pytest.mark.parametrize(("method", "settings", "capability", "text"), REFUSED)
def test_a_card_that_cannot_is_named_before_anything_is_loaded(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    settings: dict[str, Any],
    capability: tuple[int, int],
    text: str | None,
) -> None:
    installed(monkeypatch)
    gpus = of_card(capability)
    model = read_model(str(config(tmp_path / "m", LLAMA, {"quant_method": method, **settings})), None, gpus)
    assert model.refusal is None if text is None else text in str(model.refusal)
    refusal = Quantization(method, settings).refusal([gpu.card.compute_capability for gpu in gpus])
    assert refusal == model.refusal


def test_a_card_that_cannot_is_named_rather_than_packages_that_would_not_help(tmp_path: Path) -> None:
    folder = quantized_folder(tmp_path / "m", AWQ, lambda _: 4)
    assert "pip install" not in str(read_model(str(folder), None, of_card((7, 0))).refusal)
    assert "pip install" in str(read_model(str(folder), None, of_card((8, 0))).refusal)


def test_submit_knows_the_card_and_the_worker_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    folder = quantized_folder(tmp_path / "m", AWQ, lambda _: 4)
    monkeypatch.setattr("lbs.api.submit.installed_gpus", lambda _emulated: of_card((7, 0)))
    with pytest.raises(ApiError, match=r"needs a GPU of compute capability 7\.5"):
        check_model(str(folder), Settings())
    monkeypatch.setattr("lbs.api.submit.installed_gpus", lambda _emulated: [])
    assert check_model(str(folder), Settings()) == folder
    hqq = quantized_folder(tmp_path / "hqq", {"quant_method": "hqq", **HQQ}, lambda _: 4)
    assert check_model(str(hqq), Settings()) == hqq
    with pytest.raises(RunError, match="quantized with hqq, which only runs on a GPU"):
        read_checkpoint(hqq, Settings.load(), [])


def test_layers_of_a_quantized_model_are_never_offered_to_the_cpu(tmp_path: Path) -> None:
    whole = planned(config(tmp_path / "whole", QWEN_7B), gpus="6GiB")
    assert whole.verdict == "does_not_fit" and whole.offload
    plan = planned(config(tmp_path / "m", QWEN_7B, AWQ), gpus="5GiB")
    assert plan.verdict == "does_not_fit" and plan.offload is None


def test_a_method_of_unknown_sizes_counts_in_full(tmp_path: Path) -> None:
    model: Model = read_model(str(config(tmp_path / "m", LLAMA, {"quant_method": "vptq"})), None, GPUS)
    assert "The settings of vptq do not tell how large its layers are" in str(model.notes)
    whole = planned(config(tmp_path / "whole", LLAMA), new_tokens=2).demand.weights
    assert planned(config(tmp_path / "m", LLAMA, {"quant_method": "vptq"}), new_tokens=2).demand.weights == whole


def test_a_method_that_nothing_makes_loadable_is_refused_in_the_plan(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="quantized with eetq, which cannot be loaded here"):
        read_model(str(config(tmp_path / "m", LLAMA, {"quant_method": "eetq"})), None)
