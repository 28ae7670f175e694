"""A greedy generation config of the benchmarks' own: a model folder's generation_config.json asks for beams, penalties or
stop strings, which change answers and memory. Only the ids of special tokens are the model's."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from transformers import GenerationConfig

FinishReason = Literal["stop", "length"]
"""How an answer ended: with an end of sequence, or cut off by its budget."""


class GenerationJson(TypedDict):
    """What a result says about it. `ignored`: what the model's own generation config asks for."""

    do_sample: bool
    num_beams: int
    eos_token_ids: list[int]
    pad_token_id: int | None
    ignored: dict[str, Any]


_NEUTRAL: dict[str, Any] = {"do_sample": False, "num_beams": 1, "num_return_sequences": 1, "use_cache": True}
"""`use_cache`: without a cache, which some configs ask for, each token costs as much as the whole prompt."""
_IDS = {"bos_token_id", "eos_token_id", "pad_token_id", "transformers_version"}


def neutral_config(model: Any, tokenizer: Any, **more: Any) -> GenerationConfig:
    """Replaces the model's own, too, as `generate` fills gaps from there. `more`: such as max_new_tokens, for this config
    alone."""
    if not hasattr(model, "_own_generation_config"):
        model._own_generation_config = getattr(model, "generation_config", None) or GenerationConfig()
        model.generation_config = _neutral(model, tokenizer)
    return _neutral(model, tokenizer, **more)


def _neutral(model: Any, tokenizer: Any, **more: Any) -> GenerationConfig:
    sources = (model._own_generation_config, getattr(model, "config", None), tokenizer)
    return GenerationConfig(
        **_NEUTRAL,
        bos_token_id=_first("bos_token_id", *sources),
        eos_token_id=_first("eos_token_id", *sources),
        pad_token_id=pad_id(tokenizer, *sources),
        **more,
    )


def pad_id(*sources: Any) -> int:
    """Any token, since pads are masked: the pad of a tokenizer or a config, else its end or beginning of sequence, else 0."""
    for name in ("pad_token_id", "eos_token_id", "bos_token_id"):
        for found in _as_list(_first(name, *sources)):
            if found >= 0:
                return found
    return 0


def _first(name: str, *sources: Any) -> Any:
    return next((value for source in sources if (value := getattr(source, name, None)) is not None), None)


def _as_list(ids: Any) -> list[int]:
    """As `generate` reads them: none, one, or several."""
    return [] if ids is None else [int(one) for one in ids] if isinstance(ids, (list, tuple)) else [int(ids)]


def eos_ids(config: GenerationConfig) -> list[int]:
    return _as_list(config.eos_token_id)


def generation_json(model: Any, tokenizer: Any) -> GenerationJson:
    """For the result of a run that generates."""
    config = neutral_config(model, tokenizer)
    asked = model._own_generation_config.to_diff_dict()
    return {
        "do_sample": False,
        "num_beams": 1,
        "eos_token_ids": eos_ids(config),
        "pad_token_id": config.pad_token_id,
        "ignored": {
            name: value
            for name, value in asked.items()
            if value and not name.startswith("_") and name not in _IDS and _NEUTRAL.get(name) != value
        },
    }
