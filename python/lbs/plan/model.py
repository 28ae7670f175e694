"""A model folder, an adapter's, or a config.json alone, as the plan wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbs.models.adapter import AdapterError, is_adapter
from lbs.models.weights import WeightsError, weight_bytes

from .demand import Model
from .source import config_file

DTYPES = ("auto", "float16", "bfloat16", "float32")


class ModelError(ValueError):
    """A model that cannot be planned for; the message is a sentence."""


def read_model(path: str, dtype: str) -> Model:
    """`dtype`: one of DTYPES; auto is the config's own. Fails with a ModelError."""
    if dtype not in DTYPES:
        raise ModelError(f"The dtype is one of {', '.join(DTYPES)}, not {dtype!r}.")
    named = Path(path).expanduser()
    try:
        file = config_file(str(named))
    except AdapterError as error:
        raise ModelError(str(error)) from None
    try:
        config = json.loads(file.read_text("utf-8"))
    except OSError:
        raise ModelError(f"{path} has no config.json: name the folder that holds it, or the file.") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{file} is no JSON: fetch the model again.") from None
    if not isinstance(config, dict):
        raise ModelError(f"{file} is no model's config: fetch the model again.")
    chosen = own_dtype(config) if dtype == "auto" else dtype
    item = 4 if chosen == "float32" else 2
    folder = named if is_adapter(named) else file.parent
    stored = stored_bytes(folder, item)
    packed = stored if config.get("quantization_config") else None
    return Model(str(folder if file.name == "config.json" else file), config, chosen, stored, packed)


def check_length(config: Mapping[str, Any], context: int) -> None:
    """A prompt that the model cannot take is no question of memory. Fails with a ModelError."""
    if context > (most := max_tokens(config)):
        raise ModelError(f"The model takes {most} tokens, not {context}: shorten the context.")


def own_dtype(config: Mapping[str, Any]) -> str:
    """What the config names, else float32, as transformers has it."""
    nested = config.get("text_config")
    for numbers in (config, nested if isinstance(nested, Mapping) else {}):
        named = str(numbers.get("dtype") or numbers.get("torch_dtype") or "").removeprefix("torch.")
        if named in DTYPES:
            return named
    return "float32"


def stored_bytes(folder: Path, item: int) -> int | None:
    try:
        return weight_bytes(folder, item)
    except WeightsError:
        return None


def max_tokens(config: Mapping[str, Any]) -> int:
    """What the model takes; 2^20 where it does not say."""
    nested = config.get("text_config")
    for numbers in (config, nested if isinstance(nested, Mapping) else {}):
        for name in ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length"):
            value = numbers.get(name)
            if type(value) is int and value > 0:
                return value
    return 1 << 20
