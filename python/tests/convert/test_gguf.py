"""Random models that are written as llama.cpp does come back from GGUF as the same models, or are refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    FalconConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    NemotronConfig,
    Phi3Config,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
    Qwen3MoeConfig,
    StableLmConfig,
    Starcoder2Config,
)
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from lbs.convert import gguf
from lbs.convert.__main__ import main
from lbs.models.gguf import kinds
from lbs.models.weights import weight_bytes
from tests.support.gguf_files import MERGES, SPECIAL, TOKENS, VOCABULARY, add_tensor, write_model

SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}
NARROW: dict[str, Any] = SIZES | {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 8}
HALF = {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}
PLAIN = {"rope_type": "default", "rope_theta": 5000.0}
CONFIGS = {
    "llama": LlamaConfig(**SIZES, rope_parameters=PLAIN, rms_norm_eps=1e-3),
    "tied llama": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**SIZES, rope_parameters=PLAIN, rms_norm_eps=1e-3),
    "qwen3": Qwen3Config(**SIZES, rope_parameters=PLAIN, head_dim=128),
    "qwen3moe": Qwen3MoeConfig(
        **SIZES, head_dim=16, moe_intermediate_size=768, num_experts=4, num_experts_per_tok=2, norm_topk_prob=True
    ),
    "gemma2": Gemma2Config(**NARROW, rms_norm_eps=1e-3),
    "gemma3": Gemma3TextConfig(**NARROW, rms_norm_eps=1e-3),
    "phi3": Phi3Config(**SIZES, pad_token_id=0, rope_parameters=HALF, sliding_window=8),
    "starcoder2": Starcoder2Config(**SIZES, rope_parameters=PLAIN, norm_epsilon=1e-3),
    "stablelm": StableLmConfig(**SIZES, rope_parameters=HALF, layer_norm_eps=1e-3),
    "nemotron": NemotronConfig(**SIZES, head_dim=16, rope_parameters=HALF, norm_eps=1e-3),
    "falcon": FalconConfig(
        vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, layer_norm_epsilon=1e-3
    ),
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=64, n_layer=2, n_head=4, n_positions=128, layer_norm_epsilon=1e-3),
    "mamba": MambaConfig(vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=2, layer_norm_epsilon=1e-3),
}


def random_model(config: PreTrainedConfig) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.add_(torch.randn_like(tensor) * 0.05)
    return model


def converted(file: Path) -> Any:
    assert main([str(file)]) == 0
    return AutoModelForCausalLM.from_pretrained(file.with_suffix(""), local_files_only=True).eval()


def same(one: Any, other: Any) -> bool:
    ids = torch.arange(40)[None]
    with torch.no_grad():
        return torch.allclose(one(ids).logits, other(ids).logits, rtol=0, atol=1e-5)


def refused(file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(file)]) == 2
    assert [path.name for path in file.parent.iterdir() if path.name.startswith((".", "m"))] == [file.name]
    message = capsys.readouterr().err
    assert message.startswith("lbs.convert: ") and message.count("\n") == 1
    return message


@pytest.mark.parametrize("name", CONFIGS)
def test_it_is_the_same_model(tmp_path: Path, name: str) -> None:
    model = random_model(CONFIGS[name])
    pairs = {"use_parallel_residual": 0} if name == "stablelm" else {}
    assert same(model, converted(write_model(tmp_path / "m.gguf", model, pairs=pairs)))


def test_each_architecture_that_the_scan_offers_is_among_these_or_read_by_transformers_alone() -> None:
    assert {name for name in CONFIGS if " " not in name} | kinds.OWN_READER == kinds.ARCHITECTURES


@pytest.mark.parametrize(
    ("pairs", "rope"),
    [
        ({"rope.scaling.type": "none"}, {"rope_type": "default"}),
        ({"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}, {"rope_type": "linear", "factor": 4.0}),
        (
            {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 32},
            {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32},
        ),
    ],
)
def test_rope_scaling_is_carried_over(tmp_path: Path, pairs: dict[str, Any], rope: dict[str, Any]) -> None:
    model = random_model(LlamaConfig(**SIZES, rope_parameters={"rope_theta": 10000.0, **rope}))
    assert same(model, converted(write_model(tmp_path / "m.gguf", model, pairs=pairs)))


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_the_factors_of_llama_3_become_its_rope_scaling(tmp_path: Path, factor: float) -> None:
    scaling = {
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    rope = {"rope_type": "llama3", "rope_theta": 500000.0, **scaling}
    model = random_model(LlamaConfig(**SIZES, rope_parameters=rope))
    plain = 1 / 500000.0 ** (torch.arange(0, 16, 2) / 16)
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](model.config, torch.device("cpu"))
    factors = (plain / scaled).numpy().astype(np.float32)
    file = add_tensor(write_model(tmp_path / "plain.gguf", model), "rope_freqs.weight", factors)
    found = converted(file)
    assert found.config.rope_parameters == rope and same(model, found)


def test_other_rope_factors_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = write_model(tmp_path / "plain.gguf", random_model(CONFIGS["llama"]))
    file = add_tensor(plain, "rope_freqs.weight", np.full(8, 3, np.float32))
    assert "not those of Llama 3" in refused(file, capsys)


def test_quantized_weights_become_bfloat16(tmp_path: Path) -> None:
    file = write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]), kind="Q8_0")
    found = converted(file)
    assert found.dtype == torch.bfloat16 and file.is_file()
    assert weight_bytes(tmp_path / "m", 2) == sum(value.nbytes for value in found.state_dict().values())


def test_the_tokenizer_and_the_ends_are_the_files(tmp_path: Path) -> None:
    file = write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]), tokens={"eot": TOKENS.index("<|start|>")})
    converted(file)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "m")
    assert tokenizer.tokenize("hello w<|end|>") == ["hello", "Ġw", "<|end|>"]
    assert tokenizer.apply_chat_template([{"content": "hello"}], tokenize=False) == "<|start|>hello<|end|>"
    assert tokenizer.eos_token == "<|end|>" and tokenizer.bos_token is None and tokenizer.model_max_length == 128
    generation = json.loads((tmp_path / "m" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == sorted(TOKENS.index(token) for token in SPECIAL)


@pytest.mark.parametrize(("split", "digits"), [("gpt-2", ["hello", "11"]), ("smollm", ["hello", "1", "1"])])
def test_texts_are_split_as_the_file_says(tmp_path: Path, split: str, digits: list[str]) -> None:
    model = random_model(CONFIGS["llama"])
    converted(write_model(tmp_path / "m.gguf", model, split=split, merges=[*MERGES, "1 1"]))
    assert AutoTokenizer.from_pretrained(tmp_path / "m").tokenize("hello11") == digits


def test_a_tokenizer_of_llama_3_begins_with_bos_and_prefers_whole_words(tmp_path: Path) -> None:
    model = random_model(CONFIGS["llama"])
    tokens = {"bos": TOKENS.index("<|start|>")}
    # Without the merges that lead to it, "hello" is only found as a whole.
    converted(write_model(tmp_path / "m.gguf", model, split="llama-bpe", tokens=tokens, merges=["h e"]))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "m")
    assert tokenizer.convert_ids_to_tokens(tokenizer("hello").input_ids) == ["<|start|>", "hello"]


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ({"logit_scale": 0.5}, "its metadata has llama.logit_scale"),
        ({"rope.scaling.type": "dynamic"}, "rope scaling is dynamic"),
        ({"rope.dimension_count": 8, "attention.key_length": 16}, "other shapes"),
        ({"attention.head_count": 0}, "contradicts itself"),
        ({"block_count": 3}, "lacks 9 tensors"),
        ({"block_count": 1}, "is a variant of llama"),
        ({"feed_forward_length": 1 << 31}, "describes a model of"),
        ({"embedding_length": None}, "describes a model of"),
    ],
)
def test_what_would_be_another_model_is_refused(
    tmp_path: Path, pairs: dict[str, Any], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert word in refused(write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]), pairs=pairs), capsys)


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = random_model(CONFIGS["llama"])
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[3, 3] = torch.nan
    assert "model.layers.1.mlp.up_proj.weight" in refused(write_model(tmp_path / "m.gguf", model), capsys)


def test_too_little_ram_or_disk_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]))
    monkeypatch.setattr(gguf, "_load", None)
    with monkeypatch.context() as patch:
        patch.setattr(gguf, "host_available", lambda: 1 << 20)
        assert "of system RAM, 1.0 MiB are available" in refused(file, capsys)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    assert main([str(file)]) == 1 and "needed, 0.0 MiB free" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_a_folder_is_converted_where_it_has_one_file_and_nothing_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = random_model(CONFIGS["llama"])
    write_model(tmp_path / "m.gguf", model)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    assert main([str(tmp_path)]) == 0 and (tmp_path / "m" / "model.safetensors").is_file()
    assert main([str(tmp_path)]) == 0 and "nothing changed" in capsys.readouterr().out
    (tmp_path / "m" / "model.safetensors").unlink()
    assert main([str(tmp_path)]) == 2 and "already contains config.json" in capsys.readouterr().err
    write_model(tmp_path / "n.gguf", model)
    assert main([str(tmp_path)]) == 2 and "2 GGUF files (m.gguf, n.gguf)" in capsys.readouterr().err
    assert main([str(tmp_path / "none.gguf")]) == 2 and "not a folder or a GGUF file" in capsys.readouterr().err


def test_programs_get_the_folder_or_the_sentence_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]))
    assert main(["--about", str(file)]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["convertible"] and about["sentence"]["code"] == "lbs.models.gguf_convertible"
    assert main(["--json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(tmp_path / "m")}
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["--about", str(file)]) == 2
    assert not json.loads(capsys.readouterr().out)["convertible"]
    assert main(["--json", "--out", str(tmp_path / "n"), str(file)]) == 2
    assert json.loads(capsys.readouterr().out)["sentence"]["code"] == "lbs.models.gguf_incomplete"


@pytest.mark.slow
def test_it_ends_with_its_input_and_leaves_nothing(tmp_path: Path) -> None:
    file = write_model(tmp_path / "m.gguf", random_model(CONFIGS["llama"]))
    command = [sys.executable, "-m", "lbs.convert", "--json", str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout) == (143, b"")
    assert list(tmp_path.iterdir()) == [file]


def test_experts_under_the_name_of_llama_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = write_model(tmp_path / "plain.gguf", random_model(CONFIGS["llama"]), pairs={"expert_count": 8})
    file = add_tensor(plain, "blk.0.ffn_gate_exps.weight", np.zeros((8, 128, 64), np.float32))
    assert "is a variant of llama" in refused(file, capsys)
