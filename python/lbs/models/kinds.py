"""Whether a model is a causal language model that can be run, from its config alone. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from lbs.models.errors import ModelFolderError
from lbs.models.library import causal_types, config_defaults, known_types, types_in
from lbs.sentences import Sentence, say

_ENCODER_DECODERS = ("MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES", "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES")
_ENCODERS = ("MODEL_FOR_MASKED_LM_MAPPING_NAMES", "MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES")
_PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")
_AUTO_MODEL = "AutoModelForCausalLM"


def check_kind(config: Mapping[str, object], folder: str, *, trust_remote_code: bool) -> None:
    """Raises ModelFolderError for a model that AutoModelForCausalLM does not load, and for one that it loads but that does
    not continue text: an encoder, or the half of an encoder-decoder."""
    model_type = config.get("model_type")
    code = config.get("auto_map")
    code = code if isinstance(code, Mapping) else {}
    if trust_remote_code and _AUTO_MODEL in code:
        _check_reference(code[_AUTO_MODEL], folder)
        return
    if not known_types():  # transformers is not installed here: its own message comes at the load
        return
    if not isinstance(model_type, str) or not model_type:
        raise ModelFolderError(say("models.no_model_type", folder=folder))
    if model_type not in causal_types():
        if _AUTO_MODEL in code:
            raise ModelFolderError(say("models.custom_code", folder=folder, kind=model_type))
        if model_type not in known_types():
            raise ModelFolderError(say("models.unknown_type", folder=folder, kind=model_type))
        raise ModelFolderError(
            say("models.wrong_kind", folder=folder, kind=_kind(config, model_type), part=_part(config))
        )
    if _is_encoder_decoder(config, model_type):
        kind = say("models.encoder_decoder", type=model_type)
        raise ModelFolderError(say("models.wrong_kind", folder=folder, kind=kind, part=say("models.no_part")))
    if _is_encoder(config, model_type):
        kind = say("models.encoder", type=model_type)
        raise ModelFolderError(say("models.wrong_kind", folder=folder, kind=kind, part=say("models.no_part")))


def _check_reference(reference: object, folder: str) -> None:
    """`repository--module.Class` names code of the hub, which a worker never downloads."""
    if isinstance(reference, str) and "--" in reference:
        raise ModelFolderError(say("models.code_elsewhere", folder=folder, repository=reference.split("--")[0]))


def _is_encoder_decoder(config: Mapping[str, object], model_type: str) -> bool:
    stated = config.get("is_encoder_decoder")
    if isinstance(stated, bool):
        return stated
    return config_defaults(model_type).get("is_encoder_decoder") is True


def _is_encoder(config: Mapping[str, object], model_type: str) -> bool:
    if model_type not in types_in(_ENCODERS[0]):
        return False
    return config.get("is_decoder") is not True and config.get("causal") is not True


def _kind(config: Mapping[str, object], model_type: str) -> Sentence:
    if "vision_config" in config or "audio_config" in config or _part_types(config):
        return say("models.multimodal", type=model_type)
    if any(model_type in types_in(table) for table in _ENCODER_DECODERS) or config.get("is_encoder_decoder") is True:
        return say("models.encoder_decoder", type=model_type)
    if any(model_type in types_in(table) for table in _ENCODERS):
        return say("models.encoder", type=model_type)
    return say("models.other_kind", type=model_type)


def _part(config: Mapping[str, object]) -> Sentence:
    """The part that could be run if it were a model of its own."""
    for part in _part_types(config):
        if part in causal_types():
            return say("models.text_part", type=part)
    return say("models.no_part")


def _part_types(config: Mapping[str, object]) -> list[str]:
    nested = [config.get(name) for name in _PARTS]
    return [str(part.get("model_type")) for part in nested if isinstance(part, Mapping)]
