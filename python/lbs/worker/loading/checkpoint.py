"""What a model folder says of itself before anything of it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from lbs.models.adapter import Adapter, AdapterError, read_adapter
from lbs.models.model_dirs import BadPath, OutsideModelDirs, permitted_model
from lbs.models.toy import is_toy
from lbs.models.weights import WeightsError, weight_bytes
from lbs.settings import Settings
from lbs.worker.errors import RunError


@dataclass(frozen=True)
class Checkpoint:
    """`weights` in bytes once loaded as `dtype`, an adapter's included; `max_tokens` is what the model takes."""

    path: Path
    config: Any
    dtype: torch.dtype
    weights: int
    max_tokens: int
    adapter: Adapter | None = None

    @property
    def model(self) -> Path:
        """The folder of the model itself, under an adapter the base's."""
        return self.adapter.base if self.adapter else self.path

    @property
    def tokenizer(self) -> Path:
        """The base's folder, unless the adapter brings a tokenizer of its own."""
        return self.path if (self.path / "tokenizer_config.json").is_file() else self.model

    @property
    def item(self) -> int:
        """Bytes per number."""
        return self.dtype.itemsize

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    @property
    def toy(self) -> bool:
        return is_toy(self.model)


def read_checkpoint(path: Path, settings: Settings, *, gpu: bool) -> Checkpoint:
    """Fails with a RunError `invalid_model`."""
    try:
        # Once more, as the last: a run may have been queued under other settings.
        permitted_model(path, settings)
        adapter = read_adapter(path)
    except (AdapterError, BadPath, OutsideModelDirs) as error:
        raise RunError("invalid_model", str(error)) from None
    folder = adapter.base if adapter else path
    if not (folder / "config.json").is_file():
        raise RunError("invalid_model", f"{path} has no config.json: choose the folder that holds it.")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=settings.trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().split("\n")[0]
        raise RunError("invalid_model", f"The config of {folder} cannot be used: {reason}") from None
    dtype = resolve_dtype(settings, config, gpu=gpu)
    text = config.get_text_config()
    max_tokens = getattr(text, "max_position_embeddings", None) or 1 << 20
    try:
        weights = weight_bytes(path, dtype.itemsize)
    except WeightsError as error:
        raise RunError("invalid_model", str(error)) from None
    return Checkpoint(path, config, dtype, weights, int(max_tokens), adapter)


def resolve_dtype(settings: Settings, config: Any, *, gpu: bool) -> torch.dtype:
    """The setting; unless somebody chose it, float32 where there is no GPU, since CPUs are slow with half."""
    if settings.torch_dtype == "auto":
        own = getattr(config, "dtype", None)
        return own if isinstance(own, torch.dtype) else torch.float32
    if not gpu and settings.source("torch_dtype") == "default":
        return torch.float32
    chosen: torch.dtype = getattr(torch, settings.torch_dtype)
    return chosen
