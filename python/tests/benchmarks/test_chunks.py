"""Prefill in chunks gives the tokens of a prefill at once, for every kind of model that takes chunks; others are refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as hub
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks.chunk_size import even_chunk
from lbs.benchmarks.generation import check_chunks, supports_chunks
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters
from tests.support.architectures import NO_CHUNKS, architectures, peculiar
from tests.support.letters import Letters
from tests.support.long_form import FULL

SMALL: dict[str, Any] = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
}
WINDOW = 24
WITHOUT = [*NO_CHUNKS, "minimax"]
LONG = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 8, "long_factor": [4.0] * 8}

QUICK = ("llama", "gemma3", "mistral-sliding", "deepseek-v3", "qwen3-next", "gpt-oss", "mixtral")
"""HEADROOM_FAULTS=full: every architecture that takes chunks."""


def taking_chunks() -> dict[str, Any]:
    found = {name: config for name, config in {**architectures(), **peculiar()}.items() if name not in WITHOUT}
    found["jamba"] = hub.JambaConfig(**SMALL, attn_layer_period=2, attn_layer_offset=1, num_experts=2, mamba_d_state=8)
    found["lfm2"] = hub.Lfm2Config(**SMALL, layer_types=["conv", "full_attention"] * 2)
    found["llama4"] = hub.Llama4TextConfig(
        **SMALL, attention_chunk_size=WINDOW, num_local_experts=2, intermediate_size_mlp=96
    )
    found["bloom"] = hub.BloomConfig(vocab_size=512, hidden_size=64, n_layer=2, n_head=4)
    return found


def model_of(config: Any) -> Any:
    torch.manual_seed(0)
    if getattr(config, "sliding_window", None):
        config.sliding_window = WINDOW  # so that a chunk is longer than the window, and the prompt much longer
    model = hub.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for tensor in model.parameters():
        if tensor.dim() > 1:
            tensor.data *= 3  # so that attention decides which token is next
    model.generation_config.eos_token_id = None
    return model


class Numbers(Letters):
    """An answer is its tokens."""

    def decode(self, ids: list[int], **_: Any) -> str:
        return " ".join(map(str, ids))


@pytest.mark.slow
@pytest.mark.parametrize("name", taking_chunks() if FULL else QUICK)
def test_chunks_give_the_same_tokens(name: str) -> None:
    """In float32; the second prompt is shorter, and padded. 101 leaves 27 after two chunks of 37, and 5 after six of 16."""
    model = model_of(taking_chunks()[name])
    assert supports_chunks(model, 101)
    prompts = [torch.randint(5, 500, (length,)).tolist() for length in (101, 58)]

    def texts(chunk: int | None) -> list[str]:
        answers = Answerer(model, Numbers(), Hooks())(prompts, 6, chunk=chunk)
        return [answer.text for answer in answers]

    whole = texts(None)
    assert len(set(" ".join(whole).split())) > 1, "the model always says one token"
    assert texts(37) == whole
    assert texts(16) == whole


@pytest.mark.slow
def test_models_whose_positions_depend_on_the_length_take_no_chunks() -> None:
    """They would answer otherwise: shown here by what they answer in chunks."""
    dynamic = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}
    scaled = hub.LlamaConfig(**SMALL, max_position_embeddings=64, rope_parameters=dynamic)
    long = hub.Phi3Config(
        **SMALL, max_position_embeddings=512, original_max_position_embeddings=64, rope_parameters=LONG
    )
    for model in (model_of(scaled), model_of(long)):
        assert supports_chunks(model, 64) and not supports_chunks(model, 65)
        check_chunks(model, 200, 200)  # one chunk
        with pytest.raises(InvalidParameters, match="would change its answers"):
            check_chunks(model, 32, 200)
        ids = torch.randint(5, 500, (1, 100))
        with torch.no_grad():
            asked = {"max_new_tokens": 1, "pad_token_id": 0, "output_logits": True, "return_dict_in_generate": True}
            whole, pieces = (model.generate(ids, prefill_chunk_size=chunk, **asked).logits[0] for chunk in (None, 32))
        assert (whole - pieces).abs().max() > 0.01 * whole.abs().max()  # float32 rounds at a millionth


@pytest.mark.parametrize("name", WITHOUT)
def test_models_without_transformers_own_cache_take_no_chunks(name: str) -> None:
    with torch.device("meta"):
        model = hub.AutoModelForCausalLM.from_config({**architectures(), **peculiar()}[name])
    assert not supports_chunks(model)
    with pytest.raises(InvalidParameters, match="keeps no KV cache of transformers' own"):
        check_chunks(model, 32, 200)


@given(st.integers(1, 200_000), st.integers(16, 40_000))
def test_the_chunk_that_is_used_is_no_larger_and_leaves_no_short_rest(tokens: int, chunk: int) -> None:
    used = even_chunk(tokens, chunk)
    if chunk >= tokens:
        assert used is None
    else:
        assert used is not None and 8 <= used <= chunk
        assert -(-tokens // used) <= -(-tokens // chunk) + max(1, tokens // chunk // 2)
        assert tokens % used == 0 or tokens % used >= 8 or chunk < 64


def test_chunks_are_for_answers_that_are_generated() -> None:
    with pytest.raises(InvalidParameters, match="set scoring to generation"):
        CEvalParameters.read({"prefill_chunk": 64})
    parameters = CEvalParameters.read({"scoring": "generation"})
    assert parameters.changed("chunk", 64)["prefill_chunk"] == 64
    with pytest.raises(InvalidParameters, match="set scoring to generation"):
        CEvalParameters().changed("chunk", 64)
