"""The changes with which a run is resumed: each with a value of its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from lbs.api.submit import Change, keeps_items
from lbs.store import Run


@pytest.mark.parametrize(
    ("name", "to"),
    [("context", 4096), ("batch", 1), ("chunk", 512), ("kv_offload", "offloaded"), ("kv_quantized", "quantized")],
)
def test_a_change_names_its_value(name: str, to: Any) -> None:
    assert Change.model_validate({"name": name, "to": to}).to == to


@pytest.mark.parametrize(
    ("name", "to"),
    [("context", "offloaded"), ("chunk", "quantized"), ("kv_offload", 1), ("kv_offload", "quantized"), ("batch", 0)],
)
def test_a_value_of_another_change_is_refused(name: str, to: Any) -> None:
    with pytest.raises(ValidationError):
        Change.model_validate({"name": name, "to": to})


def test_items_of_a_quantized_cache_are_not_counted_as_kept() -> None:
    plain = Run("a", "NeedleInAHaystack/NeedleInAHaystack", "model", {"kv_cache": "gpu"})
    offloaded, quantized = (replace(plain, parameters={"kv_cache": kind}) for kind in ("offloaded", "quantized"))
    assert keeps_items(plain, offloaded) and keeps_items(quantized, quantized)
    assert not keeps_items(plain, quantized) and not keeps_items(quantized, offloaded)
