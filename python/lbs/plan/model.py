"""A model folder, an adapter's folder, or a config.json alone, as the plan reads it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lbs.models.adapter import AdapterError, is_adapter
from lbs.models.dtype import DTYPES, Dtype, DtypeSource, own_dtype, resolve_dtype
from lbs.models.errors import ModelFolderError
from lbs.models.gguf import gguf_way_out, only_gguf
from lbs.models.inspection import InspectedConfig, inspect_config, inspect_folder
from lbs.models.weights import has_weight_files, layer_bytes, weight_bytes
from lbs.sentences import Sentence, SentenceError, say

from .config_files import config_file
from .gpus import Gpu
from .model_config import ConfigNumbers, ModelConfig


class ModelError(SentenceError, ValueError):
    """A model that cannot be planned for."""


@dataclass(frozen=True)
class Model:
    """`path`: a folder or a config.json; `config`: its numbers; `dtype`: such as bfloat16; `stored`: bytes of the weights as
    loaded, None without weights; `packed`: bytes of quantized weights, None where the config alone tells their size;
    `packed_layers`: of each layer, empty where the files do not tell; `dtype_source`: why this dtype; `notes`: where the run
    is not quite what the files say; `splits`: whether layers may stay on the CPU beside GPUs; `refusal`: why a submission is
    refused on these GPUs, which the plan answers all the same."""

    path: str
    config: ConfigNumbers
    dtype: str
    stored: int | None = None
    packed: int | None = None
    packed_layers: Sequence[int] = ()
    dtype_source: DtypeSource = "setting"
    notes: tuple[Sentence, ...] = ()
    splits: bool = True
    refusal: Sentence | None = None

    @property
    def item(self) -> int:
        """Bytes per value."""
        return _item(self.dtype)


def read_model(path: str, asked: str | None, gpus: Sequence[Gpu] = (), *, trust_remote_code: bool = False) -> Model:
    """`asked`: one of DTYPES, or None; the dtype of a run on these GPUs follows from it (lbs.models.dtype). Raises
    ModelError."""
    if asked is not None and asked not in DTYPES:
        raise ModelError(say("plan.unknown_dtype", dtypes=", ".join(DTYPES), dtype=repr(asked)))
    given = Path(path).expanduser()
    try:
        file = config_file(str(given))
        if (file == given or not file.is_file() or only_gguf(file.parent)) and (sentence := gguf_way_out(given)):
            raise ModelError(sentence)
        if not os.path.lexists(file) or file.is_dir():
            raise ModelError(say("plan.no_config", path=path))
        folder = given if is_adapter(given) else file.parent
        has_weights = file.name == "config.json" and has_weight_files(folder)
        found = (
            inspect_folder(folder, trust_remote_code=trust_remote_code)
            if has_weights
            else inspect_config(file, trust_remote_code=trust_remote_code)
        )
        own = own_dtype(found.numbers, file.parent)
        dtype = resolve_dtype(asked, own, [gpu.card.compute_capability for gpu in gpus])
        stored = weight_bytes(folder, _item(dtype.name), found.dequantized) if has_weights else None
        model = model_of(str(folder if file.name == "config.json" else file), found, dtype, stored)
    except (AdapterError, ModelFolderError) as error:
        raise ModelError(error.sentence) from None
    refusal = found.refusal([gpu.card.compute_capability for gpu in gpus] if gpus else None)
    return replace(model, notes=(*model.notes, *_sizes(found, stored)), refusal=refusal)


def model_of(path: str, found: InspectedConfig, dtype: Dtype, stored: int | None) -> Model:
    """Raises AdapterError, ModelFolderError."""
    packed = stored if found.quantization and not found.dequantized else None
    layers = layer_bytes(Path(path), _item(dtype.name)) if packed else ()
    return Model(
        path,
        found.numbers,
        dtype.name,
        stored,
        packed,
        layers,
        dtype.source,
        tuple(found.notes),
        # Most quantizers refuse to load where some layers stay on the CPU.
        splits=found.quantization is None or found.quantization.dequantized,
    )


def _sizes(found: InspectedConfig, stored: int | None) -> list[Sentence]:
    """What the plan assumes of a model whose weights stay quantized."""
    quantization = found.quantization
    if quantization is None or quantization.dequantized:
        return []
    if quantization.tells_sizes:
        return [say("plan.quantized")]
    return [say("plan.quantized_unknown", method=quantization.method)] if stored is None else []


def check_context(model: Model, context: int, new_tokens: int = 0) -> None:
    """Raises ModelError where the model does not accept a prompt of `context` tokens and `new_tokens` more after it."""
    length = ModelConfig(model.config).length
    most = length.most
    if new_tokens and most <= new_tokens:
        raise ModelError(say("plan.no_room_for_prompt", most=length.said, new_tokens=new_tokens))
    if context + new_tokens <= most:
        return
    if new_tokens:
        room = most - new_tokens
        raise ModelError(
            say("plan.no_room_for_answer", most=length.said, context=context, new_tokens=new_tokens, room=room)
        )
    raise ModelError(say("plan.context_too_long", most=length.said, context=context))


def max_tokens(model: Model) -> int:
    """The context length that the model accepts."""
    return ModelConfig(model.config).length.most


def _item(dtype: str) -> int:
    return 4 if dtype == "float32" else 2
