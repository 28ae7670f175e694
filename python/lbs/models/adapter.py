"""A folder with a LoRA adapter as PEFT writes it, and the model that it is for. No torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lbs.sentences import SentenceError, say, short

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_WHOLE_MODEL = ("model.safetensors", "model.safetensors.index.json")
_PLAIN_STARTS = (True, False, None, "gaussian", "eva", "orthogonal")
"""Values of `init_lora_weights` that leave the weights of the base unchanged."""


class AdapterError(SentenceError, ValueError):
    """An adapter that cannot be applied to a model."""


@dataclass(frozen=True)
class Adapter:
    """`path`: its own folder; `base`: the folder of its model, which exists and is not an adapter."""

    path: Path
    base: Path


def is_adapter(folder: Path) -> bool:
    return os.path.isfile(folder / CONFIG)


def model_folder(folder: Path) -> Path:
    """The folder with config.json: the base's for an adapter, else `folder`. Raises AdapterError."""
    adapter = read_adapter(folder)
    return adapter.base if adapter else folder


def read_adapter(folder: Path) -> Adapter | None:
    """None where the folder has no adapter. Raises AdapterError."""
    if not is_adapter(folder):
        return None
    config = _read_config(folder / CONFIG)
    if any((folder / name).is_file() for name in _WHOLE_MODEL):
        raise AdapterError(say("models.model_and_adapter", folder=str(folder), config=CONFIG))
    kind = config.get("peft_type")
    if kind != "LORA":
        raise AdapterError(say("models.not_lora", folder=str(folder), kind=str(kind)))
    start = config.get("init_lora_weights", True)
    if start not in _PLAIN_STARTS:
        raise AdapterError(say("models.changes_base", folder=str(folder), start=repr(start)))
    return Adapter(folder, _base_of(folder, config.get("base_model_name_or_path")))


def _read_config(file: Path) -> Mapping[str, object]:
    try:
        config: object = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise AdapterError(say("models.adapter_unreadable", file=str(file), reason=str(error.strerror))) from None
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, Mapping):
        raise AdapterError(say("models.adapter_config_invalid", file=str(file)))
    return config


def _base_of(folder: Path, name: object) -> Path:
    fix = say("models.fix_base", config=str(folder / CONFIG), folder=str(folder))
    if not isinstance(name, str) or not name:
        raise AdapterError(say("models.no_base_name", folder=str(folder), fix=fix))
    base = _resolved(folder, name)
    if base is None or not os.path.isfile(base / "config.json"):
        named = short(str(base or name))
        raise AdapterError(say("models.no_base", folder=str(folder), name=short(name), base=named, fix=fix))
    if is_adapter(base):
        raise AdapterError(say("models.base_is_adapter", folder=str(folder), base=str(base), fix=fix))
    return base


def _resolved(folder: Path, name: str) -> Path | None:
    """None for text that is not a path: too long, with a NUL, or of a user that does not exist."""
    try:
        return (folder / Path(name).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
