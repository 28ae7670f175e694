"""The plan against what others measured on real cards. HEADROOM_FAULTS=full: every row; else one of each model and
each metric of two sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.long_form import FULL

from .distribution import NAMES, card_contexts, groups
from .page import BEGIN, replaced
from .predict import judge
from .table import FOLDER, Row, read_contexts, read_rows, read_sources

QUICK = {"trinh", "liu"}
KINDS_OF_CARD = 15
DOCS = Path(__file__).parents[3] / "docs"


def judged_rows() -> list[Row]:
    rows = [row for row in read_rows() if row.judged]
    if FULL:
        return rows
    rows = [row for row in rows if row.source.name in QUICK]
    by_model = {row.model: row for row in reversed(rows)}
    by_metric = {row.metric: row for row in reversed(rows)}
    chosen = {row.name for row in (*by_model.values(), *by_metric.values())}
    return [row for row in rows if row.name in chosen]


@pytest.mark.parametrize("row", judged_rows(), ids=lambda row: row.name)
def test_each_row_is_planned_within_what_its_measurement_allows(row: Row) -> None:
    judged = judge(row)
    print(f"{row.value / 2**20:.1f} MiB measured, plan {judged.off:+.2%}")
    assert not judged.too_low, "the run needed more than the plan and its margin"
    assert not judged.beyond, "what a row misses is explained, and small"


@pytest.mark.skipif(not FULL, reason="needs every row")
def test_the_distribution_reaches_the_goal() -> None:
    for group in groups(map(judge, judged_rows())):
        print(group)
        assert group.too_low == 0
        if group.name in (NAMES["allocated"], NAMES["kept"]):
            assert group.median <= 0.003 and group.within_1 >= 0.95
        else:
            assert group.worst <= 0.03


def test_a_context_is_predicted_within_its_tolerance() -> None:
    cards = [card for card in card_contexts(read_contexts()) if card.kind == "run"]
    off = {card.gpu: round(card.off) for card in cards if not card.within}
    assert not off
    assert len({card.gpu for card in cards}) >= KINDS_OF_CARD


def test_each_row_names_a_source_and_each_config_has_a_row() -> None:
    rows = read_rows()
    assert {row.source.name for row in rows} == set(read_sources())
    assert {row.config for row in rows} == set((FOLDER / "configs").glob("*.json"))
    assert len({row.name for row in rows}) == len(rows)


def test_the_page_has_every_row() -> None:
    page = (DOCS / "accuracy.md").read_text("utf-8")
    for row in read_rows():
        work = row.work
        run = f"{row.model} {row.dtype}, {row.gpu}, {work.batch} x {work.context} + {work.new_tokens}"
        assert f"| {row.source.name} | {run} | {row.metric} |" in page, "python -m tests.truth writes the page"


def test_a_page_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="lacks"):
        replaced(f"# Title\n{BEGIN}\n", "rows")
