"""The closed forms against traced runs of real configurations (bytes counted from the model's own forward, bf16)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.plan import largest_prompt, plan_run

MIB = 1 << 20
LLAMA_8B: dict[str, Any] = {
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}
LLAMA_70B = {**LLAMA_8B, "hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80}
LLAMA_70B["num_attention_heads"] = 64


@pytest.mark.parametrize(
    ("config", "weights", "prompt", "traced"),
    [(LLAMA_8B, 15317, 1024, 15561), (LLAMA_8B, 15317, 8192, 17273), (LLAMA_70B, 134571, 8192, 138991)],
)
def test_the_peak_agrees_with_the_trace(config: dict[str, Any], weights: int, prompt: int, traced: int) -> None:
    plan = plan_run(config, weights * MIB, prompt, 1, 2)
    assert plan.peak / MIB == pytest.approx(traced, rel=0.002)


def test_mla_caches_the_latent() -> None:
    config = {**LLAMA_8B, "kv_lora_rank": 512, "qk_rope_head_dim": 64}
    assert plan_run(config, 0, 1000, 24, 2).kv_cache == 32 * 1024 * 576 * 2


def test_the_language_part_of_a_nested_config_counts() -> None:
    assert plan_run({"text_config": LLAMA_8B, "hidden_size": 1}, 0, 64, 8, 2) == plan_run(LLAMA_8B, 0, 64, 8, 2)


@given(st.integers(0, 40_000 * MIB), st.integers(1, 512))
def test_the_largest_prompt_fits_and_one_more_does_not(room: int, new_tokens: int) -> None:
    weights, most = 15317 * MIB, 131072
    found = largest_prompt(LLAMA_8B, weights, new_tokens, 2, room, most)
    assert 0 <= found <= most
    if found:
        assert plan_run(LLAMA_8B, weights, found, new_tokens, 2).peak <= room
    if found < most:
        assert plan_run(LLAMA_8B, weights, found + 1, new_tokens, 2).peak > room
