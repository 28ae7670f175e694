"""What other estimates say of the same rows: the weights times 1.2, and accelerate's, which is the size of the model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .predict import Judged
from .table import Row

_BITS = {"float32": 32, "float16": 16, "bfloat16": 16}


@dataclass(frozen=True)
class Others:
    """Bytes."""

    weights: float
    accelerate: float

    def weights_off(self, judged: Judged) -> float:
        return self.weights / judged.row.value - 1

    def accelerate_off(self, judged: Judged) -> float:
        return self.accelerate / judged.row.value - 1


def others(judged: Judged) -> Others:
    return Others(1.2 * judged.weights, _accelerate(judged.row))


def _accelerate(row: Row) -> float:
    """As `accelerate estimate-memory` computes it, for the row's dtype or the bits of its quantization."""
    config = json.loads(row.config.read_text("utf-8"))
    return _size(row.config) * _bits(config.get("quantization_config"), row.dtype) / 32


def _bits(quantization: dict[str, Any] | None, dtype: str) -> int:
    if quantization is None:
        return _BITS[dtype]
    if quantization["quant_method"] == "aqlm":
        return 2
    int4 = (
        quantization.get("load_in_4bit")
        or quantization.get("bits") == 4
        or "int4" in str(quantization.get("quant_type"))
    )
    return 4 if int4 else 8


@lru_cache(maxsize=64)
def _size(config: Path) -> int:
    import torch
    from accelerate.utils import calculate_maximum_sizes
    from transformers import AutoConfig, AutoModelForCausalLM

    read = AutoConfig.from_pretrained(config, local_files_only=True)
    if hasattr(read, "quantization_config"):
        del read.quantization_config
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(read, dtype=torch.float32)
    total, _ = calculate_maximum_sizes(model)
    return int(total)
