"""Makes a model's folder from a GGUF file: dequantized safetensors, config, tokenizer and chat template."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, GgufConfig
from transformers.utils import logging

from lbs.memory.host import host_available
from lbs.memory.limit import size_text
from lbs.models.gguf import Gguf
from lbs.sentences import Sentence, say

from .errors import ConvertError
from .gguf_config import complete_config
from .gguf_tokenizer import save_tokenizer
from .writing import check_space, move, new_folder

_NAMED = 5
"""As many tensors are named in a refusal."""
_MOST_MISSING = 2
"""Up to this many times the file's values are built, to name what is missing."""
_NOT_WEIGHTS = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
"""Tensors that transformers keeps in the config."""


def convert_gguf(file: Gguf, target: Path) -> list[Path]:
    """Raises ConvertError, or OSError where a file cannot be written; then `target` is unchanged."""
    _check_room(file, target)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with new_folder(target) as folder:
        try:
            model = _load(file)
            save_tokenizer(file, folder)
        except (ConvertError, MemoryError):
            raise
        except Exception as error:  # a foreign file may make transformers raise anything
            raise ConvertError(say("convert.not_converted", file=str(file.path), reason=_reason(error))) from None
        model.save_pretrained(folder)
        return move(folder, sorted(path.name for path in folder.iterdir()), target)


def _reason(error: Exception) -> Sentence | str:
    text = str(error).strip().split("\n")[0] or type(error).__name__
    if isinstance(error, ArithmeticError):
        return say("convert.contradicts")
    if "ignore_mismatched_sizes" in text:
        return say("convert.other_shapes")
    return text[:200].rstrip(".:")


def _check_room(file: Gguf, target: Path) -> None:
    taken = [name for name in ("config.json", "tokenizer.json") if (target / name).exists()]
    if taken:
        raise ConvertError(say("convert.taken", folder=str(target), name=taken[0]))
    available = host_available()
    if file.ram > available:
        ram = size_text(file.ram)
        raise ConvertError(say("convert.no_ram", file=str(file.path), ram=ram, available=size_text(available)))
    check_space(target, file.converted)


def _load(file: Gguf) -> Any:
    """The whole model in the converted dtype, on the CPU."""
    path = str(file.path.absolute())
    with tempfile.TemporaryDirectory() as empty:  # no other file beside the GGUF plays a part
        config = AutoConfig.from_pretrained(empty, gguf_file=path, local_files_only=True)
        complete_config(config, file)
        model = _empty_model(config, file)
        loaded, info = AutoModelForCausalLM.from_pretrained(
            empty,
            config=config,
            gguf_file=path,
            dtype=getattr(torch, file.dtype),
            quantization_config=GgufConfig(dequantize=True),
            output_loading_info=True,
            local_files_only=True,
        )
    _check_tensors(file, loaded, info)
    # transformers does not save a model that came from GGUF.
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.tie_weights()
    model.generation_config = GenerationConfig(
        bos_token_id=config.bos_token_id, eos_token_id=_ends(file), pad_token_id=config.pad_token_id
    )
    return model


def _empty_model(config: Any, file: Gguf) -> Any:
    """Without memory for its tensors, which metadata alone can make of any size."""
    for name in ("_model_name_or_path", "unk_token_id"):
        config.__dict__.pop(name, None)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=getattr(torch, file.dtype))
    values = sum(tensor.numel() for tensor in model.parameters())
    if values > _MOST_MISSING * file.values:
        raise ConvertError(say("convert.too_large", file=str(file.path), described=values, values=file.values))
    return model


def _check_tensors(file: Gguf, model: Any, info: Any) -> None:
    missing = sorted(info["missing_keys"])
    if missing:
        names = ", ".join(missing[:_NAMED])
        raise ConvertError(say("convert.lacks", file=str(file.path), count=len(missing), names=names))
    state = model.state_dict()
    tied = set(model.all_tied_weights_keys) if model.config.tie_word_embeddings else set()
    values = sum(tensor.numel() for name, tensor in state.items() if name not in tied)
    wanted = sum(tensor.values for tensor in file.header.tensors if tensor.name not in _NOT_WEIGHTS)
    if model.config.tie_word_embeddings:
        wanted -= sum(tensor.values for tensor in file.header.tensors if tensor.name == "output.weight")
    if values != wanted:
        kind = file.architecture
        raise ConvertError(say("convert.variant", file=str(file.path), values=wanted, built=values, architecture=kind))
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise ConvertError(say("convert.not_finite", file=str(file.path), name=name))


def _ends(file: Gguf) -> int | list[int] | None:
    """llama.cpp stops at each of these."""
    counts = [file.header.count(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom")]
    found = sorted({number for number in counts if number is not None})
    return found if len(found) > 1 else next(iter(found), None)
