"""A model folder, an adapter's folder, or a config.json alone, as the plan reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lbs.models.adapter import AdapterError, is_adapter
from lbs.models.dtype import DTYPES, DtypeSource, own_dtype, resolve_dtype
from lbs.models.gguf import gguf_way_out, only_gguf
from lbs.models.weights import WeightsError, weight_bytes
from lbs.sentences import SentenceError, say

from .config_files import config_file
from .gpus import Gpu
from .model_config import ConfigNumbers, ModelConfig


class ModelError(SentenceError, ValueError):
    """A model that cannot be planned for."""


@dataclass(frozen=True)
class Model:
    """`path`: a folder or a config.json; `config`: its numbers; `dtype`: such as bfloat16; `stored`: bytes of the weights as
    loaded, None without weights; `packed`: bytes of quantized weights, None where the dtype tells their size;
    `dtype_source`: why this dtype."""

    path: str
    config: ConfigNumbers
    dtype: str
    stored: int | None = None
    packed: int | None = None
    dtype_source: DtypeSource = "setting"

    @property
    def item(self) -> int:
        """Bytes per value."""
        return _item(self.dtype)


def read_model(path: str, asked: str | None, gpus: Sequence[Gpu] = ()) -> Model:
    """`asked`: one of DTYPES, or None; the dtype of a run on these GPUs follows from it (lbs.models.dtype). Raises
    ModelError."""
    if asked is not None and asked not in DTYPES:
        raise ModelError(say("plan.unknown_dtype", dtypes=", ".join(DTYPES), dtype=repr(asked)))
    given = Path(path).expanduser()
    try:
        file = config_file(str(given))
        if (file == given or not file.is_file() or only_gguf(file.parent)) and (sentence := gguf_way_out(given)):
            raise ModelError(sentence)
    except AdapterError as error:
        raise ModelError(error.sentence) from None
    numbers = _read_config(path, file)
    config = ModelConfig(numbers)
    dtype = resolve_dtype(asked, own_dtype(numbers, file.parent), [gpu.card.compute_capability for gpu in gpus])
    folder = given if is_adapter(given) else file.parent
    stored = _stored_bytes(folder, _item(dtype.name))
    name = str(folder if file.name == "config.json" else file)
    return Model(name, numbers, dtype.name, stored, stored if config.quantized else None, dtype.source)


def _read_config(path: str, file: Path) -> ConfigNumbers:
    try:
        numbers: object = json.loads(file.read_text("utf-8"))
    except OSError:
        raise ModelError(say("plan.no_config", path=path)) from None
    except (ValueError, RecursionError):
        raise ModelError(say("plan.config_not_json", file=str(file))) from None
    if not isinstance(numbers, Mapping):
        raise ModelError(say("plan.config_not_object", file=str(file)))
    return numbers


def check_context(model: Model, context: int) -> None:
    """Raises ModelError where the model does not accept a prompt of `context` tokens."""
    most = ModelConfig(model.config).max_tokens
    if context > most:
        raise ModelError(say("plan.context_too_long", most=most, context=context))


def max_tokens(model: Model) -> int:
    """The context length that the model accepts."""
    return ModelConfig(model.config).max_tokens


def _item(dtype: str) -> int:
    return 4 if dtype == "float32" else 2


def _stored_bytes(folder: Path, item: int) -> int | None:
    try:
        return weight_bytes(folder, item)
    except WeightsError:
        return None
