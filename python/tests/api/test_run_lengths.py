"""Lengths that the model does not accept are refused when a run is submitted or resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbs.api.errors import ApiError
from lbs.api.run_lengths import check_lengths
from lbs.benchmarks.parameters import CEVAL, NEEDLE
from lbs.settings import Settings
from lbs.worker.jobs import accepted_changes, least_context
from tests.support.messages import start_run


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "max_position_embeddings": 2048}))
    return str(tmp_path)


@given(lengths=st.lists(st.integers(1, 4096), min_size=1, max_size=4), answer=st.integers(1, 256))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cell_has_room_for_its_answer(lengths: list[int], answer: int, model: str) -> None:
    values = {"context_lengths": lengths, "max_new_tokens": answer}
    if max(lengths) + answer <= 2048:
        check_lengths(NEEDLE, values, model, Settings())
    else:
        with pytest.raises(ApiError, match=f"shorten the context to {2048 - answer}"):
            check_lengths(NEEDLE, values, model, Settings())


def test_thinking_takes_its_room_as_well(model: str) -> None:
    values = {"context_lengths": [1024], "max_new_tokens": 24, "enable_thinking": True, "thinking_budget": 1000}
    check_lengths(NEEDLE, values, model, Settings())
    with pytest.raises(ApiError, match="shorten the context to 1023"):
        check_lengths(NEEDLE, {**values, "thinking_budget": 1001}, model, Settings())


def test_default_lengths_and_questions_are_left_to_the_run(model: str) -> None:
    check_lengths(NEEDLE, {}, model, Settings())
    check_lengths(CEVAL, {}, model, Settings())


def test_an_absurd_config_is_refused(model: str) -> None:
    (Path(model) / "config.json").write_text(json.dumps({"model_type": "llama", "num_hidden_layers": 10**6}))
    with pytest.raises(ApiError, match="no model has more than 4096"):
        check_lengths(CEVAL, {}, model, Settings())


@pytest.mark.parametrize(
    ("dataset", "parameters", "changes"),
    [
        (NEEDLE, {"context_lengths": [512]}, {"context", "chunk", "batch", "kv_offload", "kv_quantized"}),
        (NEEDLE, {}, {"chunk", "batch", "kv_offload", "kv_quantized"}),
        (CEVAL, {}, {"batch"}),
        (CEVAL, {"scoring": "generation"}, {"batch", "chunk", "kv_offload", "kv_quantized"}),
    ],
)
def test_a_run_is_offered_what_it_can_be_resumed_with(dataset: str, parameters: Any, changes: set[str]) -> None:
    assert accepted_changes(start_run(Path("/none"), parameters, dataset)) == changes


def test_no_context_too_short_for_its_needles_is_offered() -> None:
    many: Any = {"num_needles": 20, "task_types": ["multi_needle_retrieval"]}
    assert 256 <= least_context(start_run(Path("/none"), {})) < least_context(start_run(Path("/none"), many)) < 2048
    assert least_context(start_run(Path("/none"), {}, CEVAL)) == 1
