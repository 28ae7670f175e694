"""Reads a model folder as far as that is possible without torch: submit, plan and worker refuse the same folders alike."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lbs.models.adapter import read_adapter
from lbs.models.attention import check_attention, other_attention, use_own_attention
from lbs.models.config_bounds import beyond_bounds
from lbs.models.context_length import ContextLength, context_length
from lbs.models.errors import ModelFolderError
from lbs.models.files import check_files, fingerprint, read_json_object
from lbs.models.kinds import check_kind
from lbs.models.quantization import Capability, Quantization, quantization_of
from lbs.models.shape import check_numbers, check_shape
from lbs.models.tokenizer_files import TOKENIZER_CONFIG, check_tokenizer
from lbs.models.weights import complete_weights
from lbs.sentences import Sentence, say

CONFIG = "config.json"
_OBJECTS = ("generation_config.json", "special_tokens_map.json", "added_tokens.json")


@dataclass(frozen=True)
class InspectedConfig:
    """A config.json that can be planned, and run where `check_runnable` agrees. `other_attention`: why not the attention that
    it asks for."""

    numbers: Mapping[str, object]
    length: ContextLength
    quantization: Quantization | None
    other_attention: Sentence | None

    @property
    def notes(self) -> list[Sentence]:
        """For the result: where the run is not quite what the files say."""
        found = [self.quantization.note if self.quantization else None, self.other_attention]
        return [note for note in found if note is not None]

    def refusal(self, capabilities: Sequence[Capability | None] | None = None) -> Sentence | None:
        """Why it does not run, although it can be planned: GPUs of these compute capabilities (none for the CPU; None:
        unknown) do not compute its quantization, or packages are missing, which would not help such a GPU."""
        if self.quantization is None:
            return None
        by_gpu = None if capabilities is None else self.quantization.refusal(capabilities)
        return by_gpu or self.quantization.lacking

    def check_runnable(self, capabilities: Sequence[Capability | None] | None = None) -> None:
        """Raises ModelFolderError with the refusal."""
        if refusal := self.refusal(capabilities):
            raise ModelFolderError(refusal)

    @property
    def dequantized(self) -> str | None:
        """The method of a quantized checkpoint that the load unpacks."""
        return self.quantization.method if self.quantization and self.quantization.dequantized else None

    def apply(self, config: Any) -> None:
        """Makes transformers' own config, which was read from the same file, load what has been planned."""
        if self.other_attention is not None:
            use_own_attention(config)
        if self.dequantized is not None:
            for part in (config, config.get_text_config()):
                if settings := getattr(part, "quantization_config", None):
                    settings["dequantize"] = True


def inspect_folder(path: Path, *, trust_remote_code: bool) -> InspectedConfig:
    """A model's folder that can be run, or an adapter's together with its base. Raises ModelFolderError or AdapterError."""
    adapter = read_adapter(path)
    folder = adapter.base if adapter else path
    if not folder.is_dir():
        raise ModelFolderError(say("models.no_config", path=str(folder)))
    return _inspect(path, folder, trust_remote_code, fingerprint(path), fingerprint(folder))


@lru_cache(maxsize=16)
def _inspect(path: Path, folder: Path, trust_remote_code: bool, *_fingerprints: object) -> InspectedConfig:
    """Cached, as a slider asks for many plans of one model, whose headers take a second where there are 100,000 tensors."""
    found = inspect_config(folder / CONFIG, trust_remote_code=trust_remote_code)
    for part in dict.fromkeys((path, folder)):
        check_files(part)
        weights = complete_weights(part)
    check_shape(found.numbers, weights, str(folder))
    for name in _OBJECTS:
        if (folder / name).is_file():
            read_json_object(folder / name)
    check_tokenizer(path if (path / TOKENIZER_CONFIG).is_file() else folder, found.numbers, trust_remote_code)
    return found


def inspect_config(file: Path, *, trust_remote_code: bool) -> InspectedConfig:
    """A config.json without regard to weights. Raises ModelFolderError."""
    if not os.path.lexists(file):
        raise ModelFolderError(say("models.no_config", path=str(file.parent)))
    numbers = read_json_object(file)
    folder = str(file.parent)
    check_kind(numbers, folder, trust_remote_code=trust_remote_code)
    if refusal := beyond_bounds(numbers, str(file)):
        raise ModelFolderError(refusal)
    check_numbers(numbers, folder)
    check_attention(numbers, folder)
    if "transformers_weights" in numbers:
        raise ModelFolderError(say("models.other_weights", folder=folder))
    return InspectedConfig(numbers, context_length(numbers), quantization_of(numbers), other_attention(numbers))
