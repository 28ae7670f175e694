"""`python -m tests.truth`: writes the generated part of docs/accuracy.md, and docs/accuracy.svg, from every row."""

from __future__ import annotations

from pathlib import Path

from .distribution import card_contexts, groups
from .others import others
from .page import generated, replaced
from .plot import drawn
from .predict import judge
from .table import read_contexts, read_rows, read_sources

DOCS = Path(__file__).parents[3] / "docs"


def main() -> None:
    judged = [judge(row) for row in read_rows()]
    rows = [(one, others(one)) for one in judged]
    part = generated(rows, groups(judged), card_contexts(read_contexts()), read_sources())
    page = DOCS / "accuracy.md"
    page.write_text(replaced(page.read_text("utf-8"), part), "utf-8")
    (DOCS / "accuracy.svg").write_text(drawn(rows), "utf-8")
    for group in groups(judged):
        print(
            f"{group.name}: {group.count} rows, median {group.median:.2%}, worst {group.worst:.2%}, within 1 % "
            f"{group.within_1:.0%}, within 3 % {group.within_3:.0%}, too low beyond the margin {group.too_low}"
        )


if __name__ == "__main__":
    main()
