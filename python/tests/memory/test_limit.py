from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.memory.limit import GIB, MIB, Card, LimitTooSmall, compute_limits


def card(total: int, overhead: int) -> Card:
    return Card(0, "GPU-x", "Card", total, total, overhead)


@given(st.floats(0, 1), st.integers(64 * MIB, 200 * GIB), st.integers(0, GIB))
def test_cap_context_and_margin_stay_in_the_budget(fraction: float, total: int, overhead: int) -> None:
    try:
        (gpu,) = compute_limits(fraction, [card(total, overhead)], 8 * GIB).gpus
    except LimitTooSmall as error:
        assert "GPU 0" in str(error)
        return
    budget = gpu.budget if gpu.budget is not None else total
    assert gpu.cap > 0 and gpu.cap + overhead + gpu.margin <= budget <= total
    assert 0 < gpu.fraction <= 1


@given(st.floats().filter(lambda value: not 0 <= value <= 1))
def test_other_limits_are_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        compute_limits(fraction, [], 0)


def test_the_guides_line_word_for_word() -> None:
    limits = compute_limits(0.8, [card(24 * GIB, 512 * MIB)], 8 * GIB)
    assert limits.log_lines == ["[Runner] GPU memory limit set: 19.20 GB / 24.00 GB (80.0%)"]
    assert limits.host_room == int(8 * GIB * 0.8)


def test_without_a_gpu_it_says_so() -> None:
    assert "no GPU" in str(compute_limits(0.8, [], 8 * GIB).note)
