"""A model folder's config and sizes, read before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from lbs.memory.limit import Card
from lbs.models.adapter import Adapter, AdapterError, read_adapter
from lbs.models.dtype import DtypeSource, own_dtype, resolve_dtype
from lbs.models.errors import ModelFolderError
from lbs.models.inspection import InspectedConfig, inspect_folder
from lbs.models.model_dirs import BadPath, OutsideModelDirs, permitted_model
from lbs.models.toy import is_toy
from lbs.models.weights import weight_bytes
from lbs.sentences import say, sentence_of
from lbs.settings import Settings
from lbs.worker.errors import RunError, first_line


@dataclass(frozen=True)
class Checkpoint:
    """`config`: transformers' own, as it is loaded; `weights`: bytes once loaded as `dtype`, an adapter's included."""

    path: Path
    config: Any
    dtype: torch.dtype
    weights: int
    inspected: InspectedConfig
    adapter: Adapter | None = None
    dtype_source: DtypeSource = "setting"

    @property
    def max_tokens(self) -> int:
        return self.inspected.length.most

    @property
    def model(self) -> Path:
        """The folder of the model itself: an adapter's base."""
        return self.adapter.base if self.adapter else self.path

    @property
    def tokenizer(self) -> Path:
        """The base's folder, unless the adapter has its own tokenizer."""
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


def read_checkpoint(path: Path, settings: Settings, cards: Sequence[Card]) -> Checkpoint:
    """`cards`: the GPUs that the run may use. Raises RunError `invalid_model`."""
    try:
        # Checked again: the run may have been queued under other settings.
        permitted_model(path, settings)
        adapter = read_adapter(path)
        # The files may have changed since the run was submitted.
        inspected = inspect_folder(path, trust_remote_code=settings.trust_remote_code)
        inspected.check_runnable([card.compute_capability for card in cards])
    except (AdapterError, BadPath, ModelFolderError, OutsideModelDirs) as error:
        raise RunError("invalid_model", sentence_of(error)) from None
    folder = adapter.base if adapter else path
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=settings.trust_remote_code)
        inspected.apply(config)
    except Exception as error:  # a foreign config may raise anything
        raise RunError("invalid_model", say("worker.bad_config", path=str(folder), reason=first_line(error))) from None
    own = own_dtype(inspected.numbers, folder)
    chosen = resolve_dtype(settings.torch_dtype, own, [card.compute_capability for card in cards])
    dtype: torch.dtype = getattr(torch, chosen.name)
    weights = weight_bytes(path, dtype.itemsize, inspected.dequantized)
    return Checkpoint(path, config, dtype, weights, inspected, adapter, chosen.source)
