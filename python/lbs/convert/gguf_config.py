"""What a GGUF file says of its model and transformers does not carry over into the config."""

from __future__ import annotations

import math
from typing import Any

from lbs.models.gguf import Gguf
from lbs.sentences import Sentence, say

from .errors import ConvertError

_KNOWN = {
    "attention.causal",
    "attention.group_norm_epsilon",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.layer_norm_epsilon",
    "attention.layer_norm_rms_epsilon",
    "attention.sliding_window",
    "attention.value_length",
    "attn_logit_softcapping",
    "block_count",
    "context_length",
    "embedding_length",
    "expert_count",
    "expert_feed_forward_length",
    "expert_shared_feed_forward_length",
    "expert_used_count",
    "feed_forward_length",
    "final_logit_softcapping",
    "full_attention_interval",
    "nextn_predict_layers",
    "rope.dimension_count",
    "rope.dimension_sections",
    "rope.freq_base",
    "rope.scaling.factor",
    "rope.scaling.original_context_length",
    "rope.scaling.type",
    "shortconv.l_cache",
    "ssm.conv_kernel",
    "ssm.dt_b_c_rms",
    "ssm.group_count",
    "ssm.inner_size",
    "ssm.state_size",
    "ssm.time_step_rank",
    "tensor_data_layout",
    "use_parallel_residual",
    "vocab_size",
}
"""Keys that transformers reads, that `complete_config` reads, or that the tensors' shapes repeat."""

_EPSILONS = ("rms_norm_eps", "layer_norm_eps", "norm_eps", "norm_epsilon", "layer_norm_epsilon")
"""Names for the same number in the configs of different families."""

_HARMLESS = {"rope.scaling.finetuned"}

_LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
"""Rope scaling of Llama 3.1 and later, whose factors GGUF has as a tensor; only `factor` differs between models."""


def complete_config(config: Any, file: Gguf) -> None:
    """Raises ConvertError where something that changes the model's answers cannot be carried over."""
    prefix = f"{file.architecture}."
    numbers = {key.removeprefix(prefix): value for key, value in file.header.metadata.items() if key.startswith(prefix)}
    unknown = sorted(numbers.keys() - _KNOWN - _HARMLESS)
    if unknown:
        raise _refused(file, say("convert.metadata_key", key=f"{prefix}{unknown[0]}"))
    for name, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding")):
        # Without a number in the file, the config has the one of another model.
        setattr(config, f"{name}_token_id", file.header.count(f"tokenizer.ggml.{key}_token_id"))
    for key, name in (
        ("attention.sliding_window", "sliding_window"),
        ("attn_logit_softcapping", "attn_logit_softcapping"),
        ("final_logit_softcapping", "final_logit_softcapping"),
    ):
        # A window that the config does not know would be left out of the attention.
        if numbers.get(key) and hasattr(config, name):
            setattr(config, name, numbers[key])
    epsilon = numbers.get("attention.layer_norm_rms_epsilon", numbers.get("attention.layer_norm_epsilon"))
    for name in _EPSILONS:
        if epsilon is not None and hasattr(config, name):
            setattr(config, name, epsilon)
    if file.architecture == "gpt2":
        config.n_positions = numbers.get("context_length", config.n_positions)
    if file.architecture in ("gemma2", "gemma3"):
        _set_attention_scale(config)
    _set_rope(config, file, numbers)


def _set_attention_scale(config: Any) -> None:
    """Only the 27B models of both families scale by hidden size over heads, which the file does not say."""
    layers = {"gemma2": 46, "gemma3_text": 62}.get(config.model_type)
    per_head = config.hidden_size // config.num_attention_heads
    config.query_pre_attn_scalar = per_head if config.num_hidden_layers == layers else config.head_dim


def _set_rope(config: Any, file: Gguf, numbers: dict[str, Any]) -> None:
    kind = numbers.get("rope.scaling.type", "none")
    tensors = {tensor.name for tensor in file.header.tensors}
    rope = getattr(config, "rope_parameters", None)
    if rope is None or file.architecture in ("gemma3", "lfm2", "qwen35", "qwen35moe"):
        # Their rope is one of several per layer, or transformers reads it itself.
        if kind != "none" or "rope_freqs.weight" in tensors:
            raise _refused(file, say("convert.rope_kind", kind=str(kind)))
        return
    if numbers.get("rope.freq_base"):
        rope["rope_theta"] = numbers["rope.freq_base"]
    if numbers.get("rope.dimension_count"):
        _set_rotary_share(config, file, rope, numbers["rope.dimension_count"])
    if "rope_freqs.weight" in tensors:
        rope.update(_llama3_scaling(file, rope["rope_theta"]))
    elif {"rope_factors_long.weight", "rope_factors_short.weight"} & tensors:
        raise _refused(file, say("convert.rope_kind", kind="longrope"))
    elif kind in ("linear", "yarn"):
        rope.update({"rope_type": kind, "factor": numbers.get("rope.scaling.factor", 1.0)})
        if kind == "yarn":
            length = numbers.get("rope.scaling.original_context_length")
            rope["original_max_position_embeddings"] = length or config.max_position_embeddings
    elif kind != "none":
        raise _refused(file, say("convert.rope_kind", kind=str(kind)))


def _set_rotary_share(config: Any, file: Gguf, rope: dict[str, Any], dimensions: int) -> None:
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if dimensions == head and rope.get("partial_rotary_factor", 1.0) == 1.0:
        return
    if "partial_rotary_factor" not in rope:
        raise _refused(file, say("convert.rotary_share", dimensions=dimensions, head=head))
    rope["partial_rotary_factor"] = dimensions / head


def _llama3_scaling(file: Gguf, theta: float) -> dict[str, Any]:
    """The file's factors, one per frequency, as transformers computes them for `rope_type: llama3`."""
    import gguf

    reader = gguf.GGUFReader(file.path)
    found = next(tensor.data.tolist() for tensor in reader.tensors if tensor.name == "rope_freqs.weight")
    for factor in (8.0, 32.0):
        expected = [_llama3_factor(index / len(found), theta, factor) for index in range(len(found))]
        if all(math.isclose(one, other, rel_tol=1e-3) for one, other in zip(found, expected, strict=True)):
            return {"rope_type": "llama3", "factor": factor, **_LLAMA3}
    raise _refused(file, say("convert.rope_factors"))


def _llama3_factor(share: float, theta: float, factor: float) -> float:
    """`share`: 0 for the fastest frequency, 1 past the slowest."""
    length, low, high = (
        _LLAMA3[name] for name in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor")
    )
    wavelength = 2 * math.pi * math.pow(theta, share)
    if wavelength < length / high:
        return 1.0
    if wavelength > length / low:
        return factor
    smooth = (length / wavelength - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)


def _refused(file: Gguf, what: Sentence) -> ConvertError:
    return ConvertError(say("convert.inexact", file=str(file.path), what=what))
