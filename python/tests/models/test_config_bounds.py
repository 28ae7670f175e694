"""Configs that no model has are refused at once; every published size passes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.models.config_bounds import _BOUNDS, beyond_bounds
from lbs.plan import ModelError, read_model
from tests.plan.test_plan import LLAMA_8B


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 1_000_000},
        {"hidden_size": 10**9},
        {"vocab_size": 10**12},
        {"vocab_size": 1e12},
        {"num_attention_heads": 10**400},
        {"max_position_embeddings": 10**15},
        {"text_config": {"num_hidden_layers": 10**6}},
        {"num_hidden_layers": float("inf")},
    ],
)
def test_an_absurd_config_is_refused_at_once(changes: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B | changes))
    before = time.monotonic()
    with pytest.raises(ModelError, match=r"(no model has more than|which cannot be).*: download") as caught:
        read_model(str(tmp_path), "auto")
    assert time.monotonic() - before < 20 and len(str(caught.value)) < 300 + len(str(tmp_path))


@given(
    st.dictionaries(st.sampled_from(sorted(_BOUNDS)), st.integers(-2, 1 << 40) | st.none() | st.text() | st.booleans())
)
def test_only_numbers_beyond_their_bound_are_refused(numbers: dict[str, Any]) -> None:
    beyond = [name for name, value in numbers.items() if isinstance(value, int) and value > _BOUNDS[name]]
    found = beyond_bounds(numbers, "config.json")
    assert (found is not None) == bool(beyond)
    assert found is None or any(name in str(found) for name in beyond)


def test_the_largest_published_models_pass() -> None:
    deepseek = {"num_hidden_layers": 61, "hidden_size": 7168, "n_routed_experts": 256, "vocab_size": 129280}
    million = {
        "max_position_embeddings": 10_485_760,
        "num_hidden_layers": 126,
        "hidden_size": 16384,
        "vocab_size": 256000,
    }
    assert beyond_bounds(deepseek, "") is None and beyond_bounds(million, "") is None
