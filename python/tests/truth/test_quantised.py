"""Published peaks of quantized models, planned from a config alone as their publishers ran them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lbs.memory.limit import GIB
from lbs.plan import PlanInput, Workload, make_plan, parse_gpus, read_model
from lbs.plan.tracing.answer import answer

TABLE = Path(__file__).with_name("quantised.tsv")
QWEN: dict[str, Any] = {
    "model_type": "qwen2",
    "rms_norm_eps": 1e-6,
    "rope_theta": 1e6,
    "max_position_embeddings": 32768,
    "use_sliding_window": False,
}
LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "num_key_value_heads": 8,
}
SMALL_QWEN: dict[str, Any] = {**QWEN, "vocab_size": 151936, "tie_word_embeddings": True, "num_key_value_heads": 2}
LARGE_QWEN: dict[str, Any] = {**QWEN, "vocab_size": 152064, "tie_word_embeddings": False, "num_key_value_heads": 8}
MODELS: dict[str, tuple[dict[str, Any], tuple[int, int, int, int]]] = {
    # Hidden and intermediate size, layers, heads. The quantized 72B is padded: its original has 29568.
    "Qwen2.5-0.5B": (SMALL_QWEN, (896, 4864, 24, 14)),
    "Qwen2.5-1.5B": (SMALL_QWEN, (1536, 8960, 28, 12)),
    "Qwen2.5-3B": (SMALL_QWEN, (2048, 11008, 36, 16)),
    "Qwen2.5-7B": ({**LARGE_QWEN, "num_key_value_heads": 4}, (3584, 18944, 28, 28)),
    "Qwen2.5-14B": (LARGE_QWEN, (5120, 13824, 48, 40)),
    "Qwen2.5-32B": (LARGE_QWEN, (5120, 27648, 64, 40)),
    "Qwen2.5-72B": (LARGE_QWEN, (8192, 29696, 80, 64)),
    "Llama-3.1-8B": (LLAMA, (4096, 14336, 32, 32)),
    "Llama-3.1-70B": (LLAMA, (8192, 28672, 80, 64)),
}
LOW, HIGH = 0.01, 0.01
"""Shares of the published figure, beside 0.02 GiB of its rounding and of sampling, which the plan's greedy decoding lacks."""
ABSOLUTE = 0.02


@dataclass(frozen=True)
class Row:
    """`published`: GiB that PyTorch reported as allocated at the peak."""

    model: str
    quantization: str
    dtype: str
    gpu: str
    batch: int
    context: int
    new_tokens: int
    published: float


def rows() -> Iterator[Row]:
    """Those that ran code whose memory ours tells: kernels of other libraries and their loading are marked in the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            assert (line["metric"], line["unit"]) == ("allocated", "GiB") and bool(line["cause"]) == (
                line["code"] == "theirs"
            )
            if line["code"] == "ours":
                lengths = int(line["batch"]), int(line["input"]), int(line["output"])
                yield Row(
                    line["model"], line["quantization"], line["dtype"], line["gpu"], *lengths, float(line["value"])
                )


def quick(row: Row) -> bool:
    return row.context in (1, 64) and row.model not in ("Qwen2.5-0.5B", "Qwen2.5-1.5B", "Qwen2.5-3B", "Qwen2.5-14B")


FULL = os.environ.get("HEADROOM_FAULTS") == "full"
ROWS = [row for row in rows() if FULL or quick(row)]


def config_of(row: Row, folder: Path) -> Path:
    base, (hidden, intermediate, layers, heads) = MODELS[row.model]
    sizes = {"hidden_size": hidden, "intermediate_size": intermediate, "num_hidden_layers": layers}
    numbers = base | sizes | {"num_attention_heads": heads, "torch_dtype": row.dtype}
    file = folder / "config.json"
    file.write_text(json.dumps(numbers | {"quantization_config": json.loads(row.quantization)}))
    return file


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.model}-{row.published}")
def test_a_published_peak_is_planned(row: Row, tmp_path: Path) -> None:
    gpus = tuple(parse_gpus(row.gpu))
    model = read_model(str(config_of(row, tmp_path)), row.dtype, gpus)
    work = Workload(row.context, row.batch, row.new_tokens)
    plan = make_plan(PlanInput(model, work, gpus, expandable=False), answer)
    found = plan.gpus[0].allocated_peak / GIB
    assert plan.demand.method == "traced"
    assert row.published * (1 - LOW) - ABSOLUTE <= found <= row.published * (1 + HIGH) + ABSOLUTE
    # The plan's own margin covers the rest.
    assert row.published <= found + gpus[0].card.margin / GIB


def test_the_table_covers_methods_sizes_and_lengths() -> None:
    found = list(rows())
    assert {json.loads(row.quantization)["quant_method"] for row in found} == {
        "aqlm",
        "awq",
        "fbgemm_fp8",
        "gptq",
        "torchao",
    }
    assert {row.model for row in found} == set(MODELS) and len(found) > 50
