"""Small models of many kinds, made from configs: what the plan is checked against. bfloat16, random weights."""

from __future__ import annotations

from typing import Any

import transformers as hub

_SMALL: dict[str, Any] = {
    "vocab_size": 4096,
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}
_EXPERTS = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 128}

NO_CHUNKS = {"mamba2"}
"""transformers refuses prefill_chunk_size, and other KV caches, for models without a cache of keys."""
NOT_QUANTIZED = {*NO_CHUNKS, "mistral-sliding", "gemma2", "gemma3", "gpt-oss", "qwen3-next"}
"""transformers quantizes the cache of models with full attention only."""


def _small(kind: str, **changes: Any) -> Any:
    return getattr(hub, f"{kind}Config")(**{**_SMALL, **changes})


def architectures() -> dict[str, Any]:
    """Dense, grouped heads, latent attention, experts, sliding windows, hybrids, without attention."""
    heads = {"head_dim": 32}
    return {
        "llama": _small("Llama"),
        "qwen2": _small("Qwen2"),
        "qwen3": _small("Qwen3", **heads, tie_word_embeddings=True),
        "mistral-sliding": _small("Mistral", sliding_window=256),
        "phi3": _small("Phi3", pad_token_id=0),
        "gemma2": _small("Gemma2", **heads, sliding_window=256),
        "gemma3": _small("Gemma3Text", **heads, sliding_window=256),
        "mixtral": _small("Mixtral", num_local_experts=4, num_experts_per_tok=2, sliding_window=None),
        "qwen3-moe": _small("Qwen3Moe", **heads, **_EXPERTS),
        "gpt-oss": _small("GptOss", **heads, num_local_experts=4, num_experts_per_tok=2, sliding_window=128),
        "deepseek-v3": hub.DeepseekV3Config(
            vocab_size=4096,
            hidden_size=256,
            intermediate_size=704,
            moe_intermediate_size=128,
            num_hidden_layers=5,
            num_attention_heads=8,
            num_key_value_heads=8,
            n_routed_experts=8,
            n_group=2,
            topk_group=1,
            num_experts_per_tok=2,
            first_k_dense_replace=2,
            q_lora_rank=96,
            kv_lora_rank=64,
            qk_nope_head_dim=32,
            qk_rope_head_dim=16,
            v_head_dim=32,
        ),
        "qwen3-next": _small(
            "Qwen3Next",
            **heads,
            **_EXPERTS,
            num_hidden_layers=8,
            shared_expert_intermediate_size=128,
            linear_num_value_heads=8,
            linear_num_key_heads=4,
            linear_key_head_dim=32,
            linear_value_head_dim=32,
        ),
        "mamba2": hub.Mamba2Config(
            vocab_size=4096, hidden_size=256, num_hidden_layers=4, head_dim=32, num_heads=16, n_groups=1, state_size=32
        ),
        "gpt2": hub.GPT2Config(vocab_size=4096, n_embd=256, n_layer=6, n_head=8, n_positions=4096),
        "gpt-neox": hub.GPTNeoXConfig(
            vocab_size=4096, hidden_size=256, intermediate_size=1024, num_hidden_layers=6, num_attention_heads=8
        ),
        "falcon": hub.FalconConfig(vocab_size=4096, hidden_size=256, num_hidden_layers=6, num_attention_heads=8),
    }


def peculiar() -> dict[str, Any]:
    """Each does something that none of the above does, and that once made the plan wrong; few layers, as it is not the
    layers that tell."""
    small: dict[str, Any] = {"num_hidden_layers": 3, "pad_token_id": 0}
    return {
        # Its forward does not name use_cache, but takes it.
        "granite-moe": _small("GraniteMoe", **small, num_local_experts=4, num_experts_per_tok=2),
        # Its mask lies in the model itself, beside the layers, and weighs more than they do.
        "gpt-bigcode": hub.GPTBigCodeConfig(vocab_size=4096, n_embd=256, n_layer=2, n_head=8, n_positions=4096),
        # Each layer hands its attention's weights on, and the cache is off: MPT's own config says so.
        "mpt": hub.MptConfig(vocab_size=4096, d_model=256, n_layers=5, n_heads=8, max_seq_len=4096),
        # It makes a cache of its own kind.
        "minimax": _small("MiniMax", **small, head_dim=32, num_local_experts=4, num_experts_per_tok=2),
    }
