"""The generated part of docs/accuracy.md: the distribution, the worst rows, and every row beside other estimates."""

from __future__ import annotations

from collections.abc import Sequence

from .distribution import CardContexts, Group
from .others import Others
from .predict import Judged
from .table import UNITS, Source

MIB = UNITS["MiB"]
BEGIN, END = "<!-- python -m tests.truth writes from here -->", "<!-- to here -->"
Rows = Sequence[tuple[Judged, Others]]


def replaced(page: str, part: str) -> str:
    """The page with its generated part replaced. Raises ValueError where it has none."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"The page lacks {BEGIN} or {END}.")
    return f"{before}{BEGIN}\n\n{part.strip()}\n\n{end}{after}"


def generated(rows: Rows, groups: Sequence[Group], cards: Sequence[CardContexts], sources: dict[str, Source]) -> str:
    return "\n\n".join(
        [
            _summary(rows, groups),
            _worst(rows),
            _cards(cards),
            _every_row(rows),
            _sources(sources),
        ]
    )


def _summary(rows: Rows, groups: Sequence[Group]) -> str:
    judged = [one for one, _ in rows if one.row.judged]
    models = len({one.row.model for one in judged})
    low = sum(one.too_low for one in judged)
    lines = [
        f"{len(judged)} figures are judged: {models} models on {len({one.row.gpu for one in judged})} kinds of card. "
        f"{len(rows) - len(judged)} more ran other code than Headroom's and are only listed. **{low} of {len(judged)} runs "
        "needed more than their plan and its safety margin.**",
        "",
        "| Figure | Rows | Median | Worst | Within 1 % | Within 3 % | Too low beyond the margin |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in groups:
        shares = [_percent(one.median), _percent(one.worst), _percent(one.within_1, 0), _percent(one.within_3, 0)]
        lines.append(f"| {one.name} | {one.count} | {' | '.join(shares)} | {one.too_low} |")
    lines += ["", "The same rows by two rules of thumb (median and worst, below and above):", ""]
    lines += ["| Estimate | Median | Most too low | Most too high |", "|---|--:|--:|--:|"]
    for name, figures in (
        ("Headroom", [one.off for one, _ in rows if one.row.judged]),
        ("Weights x 1.2", [o.weights_off(one) for one, o in rows if one.row.judged]),
        ("`accelerate.utils.calculate_maximum_sizes`", [o.accelerate_off(one) for one, o in rows if one.row.judged]),
    ):
        middle = sorted(map(abs, figures))[len(figures) // 2]
        lines.append(f"| {name} | {_percent(middle)} | {_signed(min(figures), 1)} | {_signed(max(figures), 1)} |")
    return "\n".join(lines)


def _worst(rows: Rows) -> str:
    judged = sorted((one for one, _ in rows if one.row.judged), key=lambda one: -abs(one.off))[:10]
    lines = ["### The worst ten", "", "| Row | Measured | Plan | Off | Why |", "|---|--:|--:|--:|---|"]
    lines += [
        f"| {_run(one)} | {one.row.value / MIB:,.0f} | {one.predicted / MIB:,.0f} | {_signed(one.off)} | {one.row.cause} |"
        for one in judged
    ]
    return "\n".join(lines)


def _cards(cards: Sequence[CardContexts]) -> str:
    runs = [one for one in cards if one.kind == "run"]
    within = sum(one.within for one in runs)
    lines = [
        "### CUDA contexts",
        "",
        f"{within} of {len(runs)} kinds of card within 60 MiB in a run. Medians in MiB. The prediction counts the kernels of a "
        "run, which a `bare` process has not loaded.",
        "",
        "| Card | Process | Logs | Measured | Predicted, less measured |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [f"| {one.gpu} | {one.kind} | {one.count} | {one.measured:.0f} | {one.off:+.0f} |" for one in cards]
    return "\n".join(lines)


def _every_row(rows: Rows) -> str:
    lines = [
        "<details><summary>Every row, in MiB</summary>",
        "",
        "| Source | Run | Figure | Measured | Plan | Off | Weights x 1.2 | accelerate | Not judged |",
        "|---|---|---|--:|--:|--:|--:|--:|---|",
    ]
    lines += [
        f"| {one.row.source.name} | {_run(one)} | {one.row.metric} | {one.row.value / MIB:,.1f} | {one.predicted / MIB:,.1f} "
        f"| {_signed(one.off)} | {others.weights / MIB:,.0f} | {others.accelerate / MIB:,.0f} "
        f"| {'' if one.row.judged else one.row.code} |"
        for one, others in rows
    ]
    return "\n".join([*lines, "", "</details>"])


def _sources(sources: dict[str, Source]) -> str:
    lines = ["<details><summary>Sources</summary>", "", "| Source | Where | Ran | Unit |", "|---|---|---|---|"]
    lines += [f"| {one.name} | {one.where} | {one.ran} | {one.unit} |" for one in sources.values()]
    return "\n".join([*lines, "", "</details>"])


def _run(one: Judged) -> str:
    row = one.row
    work = row.work
    return f"{row.model} {row.dtype}, {row.gpu}, {work.batch} x {work.context} + {work.new_tokens}"


def _percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f} %"


def _signed(share: float, digits: int = 2) -> str:
    return f"{100 * share:+.{digits}f} %"
