"""Numbers of a config that cannot be, and weights that cannot fill the model that it describes. No torch.

Only what is certain without building the model: a load compares every tensor, but by then it has read all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lbs.models.errors import ModelFolderError
from lbs.models.library import config_defaults
from lbs.models.tensor_file import TensorHeader, same_data
from lbs.models.weights import LAYER
from lbs.sentences import Sentence, say

_SIZES = ("hidden_size", "n_embd", "d_model", "vocab_size", "num_hidden_layers", "n_layer", "n_layers")
_MAY_BE_ZERO = (
    "intermediate_size",
    "n_inner",
    "head_dim",
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_key_value_heads",
)
_LAYERS = ("num_hidden_layers", "n_layer")
_EACH_LAYER_STORED = frozenset(
    (
        "bloom",
        "falcon",
        "gemma",
        "gemma2",
        "gemma3_text",
        "glm4",
        "gpt2",
        "gpt_neox",
        "gpt_oss",
        "granite",
        "llama",
        "mistral",
        "mixtral",
        "olmo",
        "olmo2",
        "opt",
        "phi",
        "phi3",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
        "smollm3",
        "stablelm",
        "starcoder2",
    )
)
"""Types whose layers all have tensors of their own under the number of the layer."""
_EMBEDDINGS = re.compile(r"(^|\.)(embed_tokens|wte|embed_in|word_embeddings)\.weight$")
_HEAD = re.compile(r"(^|\.)(lm_head|embed_out)\.weight$")

Weights = Mapping[Path, Mapping[str, TensorHeader]]


def check_numbers(config: Mapping[str, object], folder: str) -> None:
    """Raises ModelFolderError for a size or count that is not a whole number, or too small."""
    text = config.get("text_config")
    for part in (config, text if isinstance(text, Mapping) else {}):
        for name in (*_SIZES, *_MAY_BE_ZERO):
            value = part.get(name)
            least = 1 if name in _SIZES else 0
            if isinstance(value, bool | str | float) or (isinstance(value, int) and value < least):
                raise ModelFolderError(say("models.bad_number", folder=folder, name=name, value=str(value)[:50]))


def check_shape(config: Mapping[str, object], weights: Weights, folder: str) -> None:
    """Raises ModelFolderError where layers or the output layer are missing, or where the config ties two that differ."""
    model_type = str(config.get("model_type"))
    stated = {**config_defaults(model_type), **config}
    tied = stated.get("tie_word_embeddings")
    if model_type in _EACH_LAYER_STORED:
        count = next((value for name in _LAYERS if type(value := stated.get(name)) is int), 0)
        found = {int(match[1]) for name in _names(weights) if (match := LAYER.search(name))}
        lacking = [number for number in range(count) if number not in found]
        if found and lacking:
            some = [str(number) for number in lacking[:5]] + (["..."] if len(lacking) > 5 else [])
            raise ModelFolderError(
                say("models.missing_layers", folder=folder, count=len(lacking), layers=count, numbers=some)
            )
        if found and tied is False and not any(_HEAD.search(name) for name in _names(weights)):
            raise ModelFolderError(_no_head(config, folder))
    if tied is True and not _are_tied(weights):
        raise ModelFolderError(say("models.not_tied", folder=folder))


def _no_head(config: Mapping[str, object], folder: str) -> Sentence:
    """Embedding and reward models have the type of the model that they come from, but no head."""
    named = config.get("architectures")
    architecture = str(named[0]) if isinstance(named, list) and named else "LM"
    if "LM" in architecture or "Generation" in architecture:
        return say("models.no_head", folder=folder)
    kind = say("models.other_kind", type=architecture[:200])
    return say("models.wrong_kind", folder=folder, kind=kind, part=say("models.no_part"))


def _names(weights: Weights) -> Iterator[str]:
    for headers in weights.values():
        yield from headers


def _are_tied(weights: Weights) -> bool:
    """Whether a head that is stored beside the embeddings has their values; True without such a head."""
    places = [(file, name) for file, headers in weights.items() for name in headers]
    heads = [place for place in places if _HEAD.search(place[1])]
    embeddings = [place for place in places if _EMBEDDINGS.search(place[1])]
    if len(heads) != 1 or len(embeddings) != 1:
        return True
    (one, head), (other, embedding) = heads[0], embeddings[0]
    return same_data(one, weights[one][head], other, weights[other][embedding])
