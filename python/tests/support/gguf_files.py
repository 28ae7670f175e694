"""Small GGUF files: random models as llama.cpp's converter writes them, and headers by hand."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import MODEL_ARCH, GGMLQuantizationType, GGUFReader, GGUFWriter, get_tensor_name_map
from gguf.quants import quantize
from transformers.convert_slow_tokenizer import bytes_to_unicode

SPECIAL = ["<|end|>", "<|start|>"]
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w"]
TOKENS = [*bytes_to_unicode().values(), *(merge.replace(" ", "") for merge in MERGES), *SPECIAL]
VOCABULARY = 272
"""TOKENS, padded as models do."""

_ARCHITECTURES = {"gemma3_text": "gemma3", "qwen3_moe": "qwen3moe"}
_PLUS_ONE = ("gemma2", "gemma3", "nemotron")


def write_model(
    file: Path,
    model: Any,
    *,
    pairs: Mapping[str, Any] | None = None,
    kind: str = "F32",
    split: str = "gpt-2",
    merges: list[str] = MERGES,
    tokens: Mapping[str, int] | None = None,
) -> Path:
    """`model`: from transformers, with VOCABULARY tokens; `pairs`: metadata without the architecture's prefix, which None
    leaves out; `kind`: ggml's type of all matrices; `split`: the pre-tokenizer; `tokens`: ids of special tokens."""
    config = model.config
    architecture = _ARCHITECTURES.get(config.model_type, config.model_type)
    writer = GGUFWriter(file, architecture)
    for key, value in (_numbers(config) | dict(pairs or {})).items():
        if value is not None:
            _add(writer, f"{architecture}.{key}", value)
    _add_tokenizer(writer, split, merges)
    for key, number in (tokens or {}).items():
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", number)
    for name, values in _tensors(model, architecture):
        quantized = kind if values.ndim == 2 else "F32"
        kept = GGMLQuantizationType[quantized]
        writer.add_tensor(name, quantize(values, kept), raw_dtype=kept)
    return _close(writer, file)


def add_tensor(file: Path, name: str, values: np.ndarray) -> Path:
    """A copy beside `file`, `m.gguf`, with one more tensor."""
    reader = GGUFReader(file)
    architecture = reader.fields["general.architecture"].contents()
    new = file.with_name("m.gguf")
    writer = GGUFWriter(new, architecture)
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key != "general.architecture":
            writer.add_key_value(
                key, field.contents(), field.types[0], field.types[-1] if len(field.types) > 1 else None
            )
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)
    writer.add_tensor(name, values)
    return _close(writer, new)


def _close(writer: GGUFWriter, file: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _numbers(config: Any) -> dict[str, Any]:
    layers, width = config.num_hidden_layers, config.hidden_size
    if config.model_type == "mamba":
        states = {
            "conv_kernel": config.conv_kernel,
            "inner_size": config.intermediate_size,
            "state_size": config.state_size,
        }
        found = {f"ssm.{key}": value for key, value in states.items()} | {"ssm.time_step_rank": config.time_step_rank}
        rest = {"context_length": 1 << 20, "attention.layer_norm_rms_epsilon": config.layer_norm_epsilon}
        return {"block_count": layers, "embedding_length": width, "vocab_size": VOCABULARY} | found | rest
    heads = config.num_attention_heads
    rms = getattr(config, "rms_norm_eps", None)
    names = ("layer_norm_eps", "norm_eps", "norm_epsilon", "layer_norm_epsilon")
    found = {
        "block_count": layers,
        "context_length": config.max_position_embeddings,
        "embedding_length": width,
        "attention.head_count": heads,
        "attention.head_count_kv": 1
        if config.model_type == "falcon"
        else getattr(config, "num_key_value_heads", heads),
        "attention.layer_norm_rms_epsilon": rms,
        "attention.layer_norm_epsilon": None
        if rms
        else next(getattr(config, name) for name in names if hasattr(config, name)),
        "feed_forward_length": getattr(config, "intermediate_size", 4 * width),
        "vocab_size": VOCABULARY,
        "attention.sliding_window": getattr(config, "sliding_window", None),
        "expert_count": getattr(config, "num_experts", None),
        "expert_used_count": getattr(config, "num_experts_per_tok", None),
    }
    head = getattr(config, "head_dim", None) or width // heads
    if rope := getattr(config, "rope_parameters", None):
        if "rope_theta" in rope:
            found["rope.freq_base"] = float(rope["rope_theta"])
            found["rope.dimension_count"] = int(head * rope.get("partial_rotary_factor", 1.0))
        if config.model_type not in ("llama", "phi3", "starcoder2", "qwen2"):
            found["attention.key_length"] = found["attention.value_length"] = head
    return found


def _add_tokenizer(writer: GGUFWriter, split: str, merges: list[str]) -> None:
    joined = [token for token in (merge.replace(" ", "") for merge in merges) if token not in TOKENS]
    padding = [*joined, *(f"[PAD{number}]" for number in range(len(TOKENS) + len(joined), VOCABULARY))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(split)
    writer.add_token_list([*TOKENS, *padding])
    normal, control, unused = 1, 3, 5
    kinds = [control if token in SPECIAL else normal for token in TOKENS]
    writer.add_token_types([*kinds, *[normal] * len(joined), *[unused] * (len(padding) - len(joined))])
    writer.add_token_merges(merges)
    writer.add_eos_token_id(TOKENS.index("<|end|>"))
    writer.add_chat_template("{% for message in messages %}<|start|>{{ message.content }}<|end|>{% endfor %}")


def _add(writer: GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, str):
        writer.add_string(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_uint32(key, value)


def _tensors(model: Any, architecture: str) -> list[tuple[str, np.ndarray]]:
    number = next(arch for arch in MODEL_ARCH if arch.name.lower() == architecture)
    names = get_tensor_name_map(number, model.config.num_hidden_layers)
    tied = model.all_tied_weights_keys if model.config.tie_word_embeddings else {}
    found = []
    for name, tensor in model.state_dict().items():
        values = tensor.detach().float()
        if name.endswith("experts.gate_up_proj"):
            block, half = name.split(".")[2], values.shape[1] // 2
            found.append((f"blk.{block}.ffn_gate_exps.weight", values[:, :half].contiguous().numpy()))
            found.append((f"blk.{block}.ffn_up_exps.weight", values[:, half:].contiguous().numpy()))
        elif name.endswith("experts.down_proj"):
            found.append((f"blk.{name.split('.')[2]}.ffn_down_exps.weight", values.numpy()))
        elif name.endswith((".A_log", ".D")):
            found.append(
                (str(names.get_name(name)), (-torch.exp(values) if name.endswith("A_log") else values).numpy())
            )
        elif name not in tied:
            stem, suffix = name.rsplit(".", 1)
            gguf = f"{names.get_name(stem)}.{suffix}"
            found.append((gguf, _values(model.config, architecture, stem, suffix, values).contiguous().numpy()))
    return found


def _values(config: Any, architecture: str, stem: str, suffix: str, values: torch.Tensor) -> torch.Tensor:
    """As llama.cpp's converter changes them."""
    if architecture == "llama" and ("q_proj" in stem or "k_proj" in stem):
        heads = config.num_attention_heads if "q_proj" in stem else config.num_key_value_heads
        return values.view(heads, 2, -1, values.shape[1]).transpose(1, 2).reshape(values.shape)
    if architecture in _PLUS_ONE and "norm" in stem and suffix == "weight":
        return values + 1
    if architecture == "gpt2" and stem.endswith(("c_attn", "c_proj", "c_fc")) and suffix == "weight":
        return values.T
    return values[:, 0] if stem.endswith("conv1d") and suffix == "weight" else values


def header(
    pairs: Mapping[str, Any] | None = None,
    tensors: list[tuple[str, tuple[int, ...], int, int]] | None = None,
    *,
    version: int = 3,
    counts: tuple[int, int] | None = None,
) -> bytes:
    """A GGUF file without data; `tensors`: name, dimensions as the file orders them, type and offset; `counts`: what it claims
    to have of each."""
    tensors, pairs = tensors or [], pairs or {}
    claimed = counts or (len(tensors), len(pairs))
    parts = [b"GGUF", struct.pack("<IQQ", version, *claimed)]
    for key, value in pairs.items():
        parts += [_text(key), _value(value)]
    for name, dimensions, kind, offset in tensors:
        parts += [_text(name), struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset)]
    whole = b"".join(parts)
    return whole + bytes(-len(whole) % 32)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _value(value: Any) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<IQ", 10, value)
        case float():
            return struct.pack("<Id", 12, value)
        case str():
            return struct.pack("<I", 8) + _text(value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
        case bytes():
            return value
    return struct.pack(f"<IIQ{len(value)}Q", 9, 10, len(value), *value)


if __name__ == "__main__":
    # `python -m tests.support.gguf_files FILE`: a random Llama, for the panel's tests.
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes: dict[str, Any] = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    write_model(Path(sys.argv[1]), LlamaForCausalLM(LlamaConfig(vocab_size=VOCABULARY, **sizes)), kind="Q8_0")
