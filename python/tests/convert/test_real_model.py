"""A real model in GGUF becomes the same model in safetensors: its weights, its tokenizer and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from lbs.models.gguf import read_gguf
from lbs.models.weights import weight_bytes
from tests.support.real_model import converting_took

pytestmark = pytest.mark.real_model

_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
}
_HEADS = {"attn_q": 9, "attn_k": 3}


def _name(gguf: str) -> str:
    stem = gguf.removesuffix(".weight")
    if not stem.startswith("blk."):
        return f"{_NAMES[stem]}.weight"
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{_NAMES[part]}.weight"


def test_every_tensor_is_the_dequantized_one(smollm2: Path, smollm2_gguf: Path) -> None:
    found = load_file(smollm2 / "model.safetensors")
    tensors = GGUFReader(smollm2_gguf).tensors
    assert {_name(tensor.name) for tensor in tensors} == set(found)
    for tensor in tensors:
        expected = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        part = tensor.name.removesuffix(".weight").split(".")[-1]
        if heads := _HEADS.get(part):
            # llama.cpp pairs the dimensions that rope rotates; transformers has the halves side by side.
            expected = expected.view(heads, 32, 2, 576).transpose(1, 2).reshape(expected.shape)
        actual = found[_name(tensor.name)]
        assert actual.dtype == torch.bfloat16 and actual.shape == expected.shape
        assert torch.equal(actual, expected.bfloat16()), tensor.name


def test_the_predicted_size_is_the_converted_one(smollm2: Path, smollm2_gguf: Path) -> None:
    assert read_gguf(smollm2_gguf).converted == weight_bytes(smollm2, 2) == 269_030_016


def test_the_predicted_ram_is_enough_and_not_twice_as_much(smollm2: Path, smollm2_gguf: Path) -> None:
    assert converting_took(smollm2) <= read_gguf(smollm2_gguf).ram < 2 * converting_took(smollm2)


def test_the_tokenizer_splits_texts_as_the_original_does(smollm2: Path, smollm2_gguf: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    fields = GGUFReader(smollm2_gguf).fields
    assert tokenizer.convert_ids_to_tokens(range(49152)) == fields["tokenizer.ggml.tokens"].contents()
    assert tokenizer.chat_template == fields["tokenizer.chat_template"].contents()
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 2, 2)
    # The original's answers, one token per digit and no token before the text.
    for text, ids in {
        "The capital of France is": [504, 3575, 282, 4649, 314],
        "Hello world! 123": [19556, 905, 17, 216, 33, 34, 35],
        "  multiple   spaces": [216, 2701, 256, 5600],
        "Café déjà vu.": [51, 1939, 2756, 32564, 90, 16739, 386, 101, 30],
    }.items():
        assert tokenizer(text).input_ids == ids
        assert tokenizer.decode(ids) == text
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], add_generation_prompt=True, tokenize=False
    )
    assert chat.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")


def test_it_knows_the_capital_of_france(smollm2: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    model = AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32).eval()
    texts = []
    for prompt in (
        tokenizer("The capital of France is", return_tensors="pt"),
        tokenizer.apply_chat_template(
            [{"role": "user", "content": "What is the capital of France?"}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        ),
    ):
        ids = model.generate(**prompt, max_new_tokens=12, do_sample=False)[0, prompt["input_ids"].shape[1] :]
        texts.append(tokenizer.decode(ids, skip_special_tokens=True))
    assert all("Paris" in text for text in texts), texts


def test_the_folder_names_nothing_of_the_gguf(smollm2: Path) -> None:
    assert sorted(file.name for file in smollm2.iterdir()) == [
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    config = json.loads((smollm2 / "config.json").read_text())
    assert config["model_type"] == "llama" and config["dtype"] == "bfloat16"
    assert not {"quantization_config", "_name_or_path", "_model_name_or_path"} & config.keys()
