"""A folder with an adapter (LoRA, as PEFT writes it) instead of a model: which one, and on top of which model. No torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_WHOLE_MODEL = ("model.safetensors", "model.safetensors.index.json")
_PLAIN_STARTS = (True, False, None, "gaussian", "eva", "orthogonal")
"""What `init_lora_weights` may say: every other start changes the base's own weights while it is put on."""


class AdapterError(ValueError):
    """An adapter that cannot be put on a model; the message is a sentence."""


@dataclass(frozen=True)
class Adapter:
    """`path`: its own folder; `base`: the model's folder below it, which exists and is no adapter; `numbers`: its config."""

    path: Path
    base: Path
    numbers: Mapping[str, Any]


def is_adapter(folder: Path) -> bool:
    return (folder / CONFIG).is_file()


def model_folder(folder: Path) -> Path:
    """Where config.json is to be looked for: the base's folder under an adapter, else `folder`. Fails with an AdapterError."""
    adapter = read_adapter(folder)
    return adapter.base if adapter else folder


def read_adapter(folder: Path) -> Adapter | None:
    """None where the folder holds no adapter. Fails with an AdapterError."""
    if not is_adapter(folder):
        return None
    numbers = _numbers(folder / CONFIG)
    if any((folder / name).is_file() for name in _WHOLE_MODEL):
        raise AdapterError(f"{folder} holds a whole model and an adapter: move its {CONFIG} away, or the adapter.")
    kind = numbers.get("peft_type")
    if kind != "LORA":
        raise AdapterError(f"{folder} holds an adapter of the type {kind}: only LORA can be put on a model here.")
    start = numbers.get("init_lora_weights", True)
    if start not in _PLAIN_STARTS:
        raise AdapterError(
            f"{folder}: its init_lora_weights is {start!r}, which changes the base itself: save it as a plain LoRA."
        )
    return Adapter(folder, _base(folder, numbers.get("base_model_name_or_path")), numbers)


def _numbers(file: Path) -> dict[str, Any]:
    try:
        numbers = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise AdapterError(f"{file} cannot be read ({error.strerror}): mend its permissions.") from None
    except (ValueError, RecursionError):
        numbers = None
    if not isinstance(numbers, dict):
        raise AdapterError(f"{file} is no adapter's config: fetch the adapter again.")
    return numbers


def _base(folder: Path, named: object) -> Path:
    way = f"set base_model_name_or_path in {folder / CONFIG} to the base's folder (absolute, or as seen from {folder})"
    if not isinstance(named, str) or not named:
        raise AdapterError(f"{folder} does not say which model its adapter is for: {way}.")
    base = (folder / Path(named).expanduser()).resolve()
    if not (base / "config.json").is_file():
        raise AdapterError(f"The adapter {folder} wants the base model {named}, and {base} holds no such model: {way}.")
    if is_adapter(base):
        raise AdapterError(f"The adapter {folder} is for {base}, which is an adapter itself: {way}, a whole model's.")
    return base
