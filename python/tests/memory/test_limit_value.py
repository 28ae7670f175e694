from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from lbs.memory.limit_value import NO_LIMIT, Limit, LimitError, LimitField
from lbs.memory.size import GIB, MIB, UNITS, parse_size

CARD = 24 * GIB
TEXTS = (
    st.floats(0, 1).map(repr)
    | st.tuples(
        st.sampled_from(["", "-", "- "]),
        st.decimals(0, 200, places=3).map(str),
        st.sampled_from(["", " "]),
        st.sampled_from([*UNITS, "gib", "mb"]),
    ).map("".join)
    | st.decimals(0, 100, places=2).map(lambda percent: f"{percent}%")
)


@pytest.mark.parametrize(
    ("text", "value", "budget"),
    [
        ("0.8", 0.8, int(0.8 * CARD)),
        (".5", 0.5, CARD // 2),
        ("80%", 0.8, int(0.8 * CARD)),
        ("100 %", 1, CARD),
        ("22GiB", "22GiB", 22 * GIB),
        ("22.50 gib", "22.5GiB", 22 * GIB + GIB // 2),
        ("022528MiB", "22528MiB", 22 * GIB),
        ("22 gb", "22GB", 22 * 10**9),
        ("96GiB", "96GiB", CARD),
        ("-2GiB", "-2GiB", 22 * GIB),
        (" - 512 MiB ", "-512MiB", CARD - 512 * MIB),
        ("-96GiB", "-96GiB", 0),
    ],
)
def test_what_people_write(text: str, value: float | str, budget: int) -> None:
    limit = Limit.parse(text)
    assert limit.value == value and limit.budget(CARD) == budget


@pytest.mark.parametrize("text", [0, "0", "0.0", "-0", "0%", "0e9"])
def test_zero_is_no_limit(text: float | str) -> None:
    assert Limit.parse(text) == NO_LIMIT and not NO_LIMIT and NO_LIMIT.budget(CARD) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("80", "for 80 % write 80%, for 80 GiB write 80GiB"),
        ("22G", "such as 22GiB"),
        ("22 m", "such as 22MiB"),
        ("-2gi", "such as -2GiB"),
        ("-2", "such as -2GiB"),
        ("-0.1", "must be 0 "),
        ("0GiB", "must be 0 "),
        ("+2GiB", "must be 0 "),
        ("-10%", "must be 0 "),
        ("150%", "must be 0 "),
        ("0_8", "must be 0 "),
        ("nan", "must be 0 "),
        ("1e999", "must be 0 "),
        ("22TiB", "must be 0 "),
        ("0,8", "must be 0 "),
        ("2²GiB", "must be 0 "),
        (True, "must be 0 "),
        (None, "must be 0 "),
    ],
)
def test_the_rest_is_refused_with_the_way_out(text: object, hint: str) -> None:
    with pytest.raises(LimitError, match=r"^must be ") as caught:
        Limit.parse(text)
    assert hint in str(caught.value)


@given(TEXTS, st.integers(MIB, 200 * GIB))
def test_a_text_means_the_same_once_parsed_and_never_more_than_the_card(text: str, total: int) -> None:
    try:
        limit = Limit.parse(text)
    except LimitError:
        return
    again = Limit.parse(limit.value)
    assert again == limit and again.text == limit.text
    assert 0 <= (limit.budget(total) or 0) <= total


@given(TEXTS, st.lists(st.integers(256 * MIB, 200 * GIB), min_size=1, max_size=3))
def test_raised_limits_ascend_to_the_whole_card(text: str, totals: Sequence[int]) -> None:
    try:
        limit = Limit.parse(text)
    except LimitError:
        return
    raised = limit.raised(totals)
    assert raised == [] if not limit else all(one.value != limit.value for one in raised)
    for total in totals:
        budgets = [limit.budget(total), *(one.budget(total) for one in raised)]
        assert budgets == sorted(budget for budget in budgets if budget is not None) or not limit
        assert not raised or budgets[-1] == total


@pytest.mark.parametrize(
    ("text", "total", "steps"),
    [
        ("0.97", CARD, ["0.98", "0.99", "1"]),
        ("23.3GiB", CARD, ["23.5GiB", "23.75GiB", "24GiB"]),
        ("23GiB", CARD - 10 * MIB, ["23.25GiB", "23.5GiB", "23.75GiB", "24GiB"]),
        ("25.5GB", CARD, ["25.75GB", "26GB"]),
        ("-0.6GiB", CARD, ["-0.5GiB", "-0.25GiB", "1"]),
        ("220MiB", 256 * MIB, ["224MiB", "240MiB", "256MiB"]),
        ("96GiB", CARD, []),
        ("0", CARD, []),
    ],
)
def test_the_steps_are_those_that_people_write(text: str, total: int, steps: list[str]) -> None:
    assert [limit.text for limit in Limit.parse(text).raised([total])] == steps


@given(TEXTS, st.integers(256 * MIB, 200 * GIB), st.floats(0.001, 1))
def test_the_least_limit_is_enough(text: str, total: int, share: float) -> None:
    needed = int(share * total)
    try:
        limit = Limit.parse(text).least(total, needed)
    except LimitError:
        return
    assert (limit.budget(total) or 0) >= needed


def test_in_a_model_it_is_a_number_or_a_text() -> None:
    class Asked(BaseModel):
        limit: LimitField | None = None

    assert Asked.model_validate({"limit": "-2 GiB"}).model_dump() == {"limit": "-2GiB"}
    assert Asked.model_validate_json('{"limit": 0.8}').model_dump() == {"limit": 0.8}
    assert Asked.model_validate({}).limit is None


@pytest.mark.parametrize(("text", "size"), [("24GiB", 24 * GIB), (" 1.5 mib ", 3 * MIB // 2), ("2GB", 2 * 10**9)])
def test_one_parser_for_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size
