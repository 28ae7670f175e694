"""Which GPUs share traces."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.plan.described import parse_gpus
from lbs.plan.kernels import Kernels, kernels_of
from lbs.plan.model import Model
from lbs.plan.plan_input import PlanInput
from lbs.plan.workload import Workload

_CAPABILITIES = st.tuples(st.integers(5, 13), st.integers(0, 9))


@pytest.mark.parametrize(
    ("card", "capability", "expected"),
    [
        ("GTX 1080 Ti", (6, 1), "sm_50"),
        ("V100", (7, 0), "sm_70"),
        ("T4", (7, 5), "sm_70"),
        ("RTX 2080 Ti", (7, 5), "sm_70"),
        ("A100", (8, 0), "sm_80"),
        ("RTX 4090", (8, 9), "sm_80"),
        ("H100", (9, 0), "sm_80"),
        ("GB10", (12, 1), "sm_80"),
    ],
)
def test_cards_that_choose_alike_share_their_traces(card: str, capability: tuple[int, int], expected: Kernels) -> None:
    assert kernels_of([capability]) == expected, card


@given(st.lists(_CAPABILITIES, min_size=1))
def test_the_least_capable_gpu_decides(capabilities: list[tuple[int, int]]) -> None:
    assert kernels_of(capabilities) == min(kernels_of([capability]) for capability in capabilities)
    assert kernels_of([*capabilities, None]) == "sm_50"


def test_kernels_follow_from_the_gpus_of_a_plan() -> None:
    new, old = parse_gpus("24GiB,16GiB")
    old = replace(old, card=replace(old.card, compute_capability=(7, 5)))
    request = PlanInput(Model("model", {}, "float16"), Workload(8), (new, old))
    assert request.kernels == "sm_70"
    assert replace(request, gpus=(new,)).kernels == "sm_80"
    assert replace(request, gpus=()).kernels == replace(request, cuda=False).kernels == "cpu"
