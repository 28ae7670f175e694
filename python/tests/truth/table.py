"""What others measured on real cards: rows.tsv (runs), contexts.tsv (CUDA contexts) and sources.tsv (where they are)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lbs.plan import Workload

FOLDER = Path(__file__).parent
UNITS = {"GiB": 1 << 30, "MiB": 1 << 20, "GB": 10**9, "MB": 10**6}
Metric = Literal["allocated", "kept", "reserved", "nvml"]
METRICS: tuple[Metric, ...] = get_args(Metric)
OURS = "ours"


@dataclass(frozen=True)
class Source:
    """`warmup`: whether transformers allocated the weights from one block (from 4.50 on), so that none was left unsplit;
    `unit`: whether its GB are 10^9 or 2^30 bytes, and why."""

    name: str
    where: str
    ran: str
    warmup: bool
    unit: str


@dataclass(frozen=True)
class Row:
    """One published figure of one run. `value` and `step` in bytes: the figure, and the digit to which it was rounded.

    `kind`: generate, or one forward pass that keeps every logit. `metric`: allocated and reserved are PyTorch's peaks, kept is
    what is still allocated after the last token, nvml is what the driver reports for the process. `code`: `ours`, or what else
    the run was computed with, which is why it is not judged. `cause`: what the plan is off by, where that is known; a row
    beyond its tolerance has one.
    """

    source: Source
    gpu: str
    model: str
    dtype: str
    attention: str
    kind: str
    work: Workload
    metric: Metric
    value: float
    step: float
    code: str
    cause: str

    @property
    def judged(self) -> bool:
        return self.code == OURS

    @property
    def config(self) -> Path:
        return FOLDER / "configs" / f"{self.model}.json"

    @property
    def name(self) -> str:
        work = self.work
        return f"{self.source.name}:{self.gpu}:{self.model}:{work.batch}x{work.context}+{work.new_tokens}:{self.metric}"


@dataclass(frozen=True)
class Context:
    """What a process holds beside PyTorch's reserved memory, in MiB. `kind`: bare, or of a run, with the kernels it loaded;
    `outlier`: why it is not judged, empty where it is."""

    gpu: str
    mib: float
    kind: Literal["bare", "run"]
    torch: str
    source: str
    outlier: str


def read_rows() -> list[Row]:
    sources = read_sources()
    return [_row(fields, sources[fields["source"]]) for fields in _read("rows.tsv")]


def read_contexts() -> list[Context]:
    return [
        Context(
            fields["gpu"],
            float(fields["mib"]),
            "bare" if fields["kind"] == "bare" else "run",
            fields["torch"],
            fields["source"],
            fields["outlier"],
        )
        for fields in _read("contexts.tsv")
    ]


def read_sources() -> dict[str, Source]:
    return {
        fields["source"]: Source(
            fields["source"], fields["where"], fields["ran"], fields["warmup"] == "yes", fields["unit"]
        )
        for fields in _read("sources.tsv")
    }


def _row(fields: dict[str, str], source: Source) -> Row:
    unit = UNITS[fields["unit"]]
    digits = len(fields["value"].partition(".")[2])
    metric = next(name for name in METRICS if name == fields["metric"])
    return Row(
        source,
        fields["gpu"],
        fields["model"],
        fields["dtype"],
        fields["attention"],
        fields["kind"],
        Workload(int(fields["input"]), int(fields["batch"]), int(fields["output"])),
        metric,
        float(fields["value"]) * unit,
        unit / 10**digits,
        fields["code"],
        fields["cause"],
    )


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
