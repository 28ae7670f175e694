"""Settings with which transformers quantizes a model while it loads it. Their libraries may not be installed."""

from __future__ import annotations

from typing import Any

import transformers as hub


def in_four_bits() -> Any:
    return hub.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)


def in_eight_bits() -> Any:
    return hub.BitsAndBytesConfig(load_in_8bit=True)


def by_torchao() -> Any:
    from torchao.quantization import Int8WeightOnlyConfig

    return hub.TorchAoConfig(Int8WeightOnlyConfig())
