from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.memory.limit import GIB, MIB, Card, LimitTooSmall, compute_limits
from lbs.memory.limit_value import Limit

LIMITS = (
    st.floats(0, 1) | st.integers(1, 200_000).map("{}MiB".format) | st.integers(1, 200_000).map("-{}MB".format)
).map(Limit.parse)


def card(total: int, overhead: int, reserve: int = 0) -> Card:
    """`reserve`: what the driver keeps, which PyTorch does not count."""
    return Card(0, "GPU-x", "Card", total, total - reserve, overhead, driver=reserve)


@given(LIMITS, st.integers(64 * MIB, 200 * GIB), st.integers(0, GIB), st.integers(0, 63 * MIB))
def test_cap_context_and_margin_stay_in_the_budget(limit: Limit, total: int, overhead: int, reserve: int) -> None:
    asked = card(total, overhead, reserve)
    try:
        (gpu,) = compute_limits(limit, [asked], 8 * GIB).gpus
    except LimitTooSmall as error:
        assert "GPU 0" in str(error)
        least = re.search(r"LBS_GPU_MEMORY_LIMIT=(.+)\.$", str(error))
        if least:  # otherwise the GPU is too small
            assert compute_limits(Limit.parse(least[1]), [asked], 8 * GIB).gpus
        return
    budget = gpu.budget if gpu.budget is not None else total
    assert gpu.cap > 0 and gpu.cap + overhead + gpu.margin <= budget <= total
    assert gpu.cap + overhead + gpu.margin <= asked.usable == total - reserve
    assert 0 < gpu.fraction <= 1


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        ("0.8", "19.20 GB / 24.00 GB (80.0%)"),
        ("80%", "19.20 GB / 24.00 GB (80.0%)"),
        ("22GiB", "22.00 GB / 24.00 GB (91.7%)"),
        ("-2GiB", "22.00 GB / 24.00 GB (91.7%)"),
    ],
)
def test_the_guides_line_word_for_word(limit: str, line: str) -> None:
    limits = compute_limits(Limit.parse(limit), [card(24 * GIB, 512 * MIB)], 8 * GIB)
    assert limits.log_lines == [f"[Runner] GPU memory limit set: {line}"]
    assert limits.host_room == int(8 * GIB * 0.8)


def test_each_card_has_a_budget_of_its_own() -> None:
    cards = [card(24 * GIB, 512 * MIB), card(16 * GIB, 512 * MIB)]
    assert [gpu.budget for gpu in compute_limits(Limit.parse("22GiB"), cards, 0).gpus] == [22 * GIB, 16 * GIB]
    assert [gpu.budget for gpu in compute_limits(Limit.parse("-2GiB"), cards, 0).gpus] == [22 * GIB, 14 * GIB]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("0.01", "limit 0.01 leaves 245.8 MiB of GPU 0"),
        ("600MiB", "the least that works is LBS_GPU_MEMORY_LIMIT=641MiB."),
        ("-30GiB", "limit -30GiB leaves 0.0 MiB of GPU 0"),
        ("-30GiB", "the least that works is LBS_GPU_MEMORY_LIMIT=-23935MiB."),
    ],
)
def test_a_limit_that_leaves_nothing_names_the_least_that_works(limit: str, said: str) -> None:
    with pytest.raises(LimitTooSmall) as caught:
        compute_limits(Limit.parse(limit), [card(24 * GIB, 512 * MIB)], 0)
    assert said in str(caught.value)


def test_without_a_gpu_it_says_so() -> None:
    assert "no GPU" in str(compute_limits(Limit.parse(0.8), [], 8 * GIB).note)
