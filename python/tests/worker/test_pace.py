"""How much layers on the CPU slow a run down, measured on the layers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from lbs.worker import pace as pace_module
from lbs.worker.pace import Pace, layers_of


class Layered(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Identity() for _ in range(4))

    def forward(self, given: Any) -> Any:
        for layer in self.layers:
            given = layer(given)
        return given


def clock(per_layer: list[float]) -> Iterator[float]:
    """A clock by which the layers take `per_layer` seconds, repeatedly."""
    now = 0.0
    while True:
        for seconds in per_layer:
            yield now
            now += seconds
            yield now


def test_only_the_layers_of_a_device_map_count() -> None:
    placement: dict[str, int | str] = {"model.embed": 0, "model.layers.0": 0, "model.layers.1": "cpu", "lm_head": "cpu"}
    assert layers_of(placement) == {"model.layers.0": True, "model.layers.1": False}
    assert layers_of({"": 0}) == {}


@pytest.mark.parametrize(("on_gpu", "slowdown"), [(2, 2.0), (1, 2.5), (0, None), (4, 1.0)])
def test_the_slowdown_is_against_the_layers_on_gpus(on_gpu: int, slowdown: float | None) -> None:
    ticks = clock([1.0 if number < on_gpu else 3.0 for number in range(4)])
    model = Layered()
    waits: list[int] = []
    pace = Pace(lambda: waits.append(1), lambda: next(ticks))
    with pace.watching(model, {f"layers.{number}": number < on_gpu for number in range(4)}):
        for _ in range(pace_module._FORWARDS + 3):
            model(torch.ones(1))
        # Once the pace is known the hooks no longer wait.
        assert len(waits) == 8 * pace_module._FORWARDS
    assert pace.slowdown == slowdown and not model._forward_hooks
