"""Whether a load filled the whole model: transformers only warns, and fills what is missing with random values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lbs.models.weights import complete_weights
from lbs.sentences import Sentence, say
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import Checkpoint

_MOST_NAMED = 5
_MASK = re.compile(r"\.(attn|attention|self_attention)\.(masked_)?bias$")
_BUFFER = re.compile(r"(^|\.)(rotary_emb|rotary_pos_emb|rotary_embedding)\.inv_freq$|(^|\.)position_ids$")
_SCALE = re.compile(r"(scale|scale_inv|scales|zero_point|input_amax)$")
_OTHER_PART = re.compile(r"(^|\.)(vision|visual|audio|image|video|speech|multi_modal|mm_|embed_vision|embed_audio)")


def check_tensors(checkpoint: Checkpoint, model: Any, report: Mapping[str, Any]) -> None:
    """`report`: of from_pretrained, which leaves out tied tensors and those that the model's class declares dispensable.

    Raises RunError `invalid_model`.
    """
    path = str(checkpoint.model)
    if missing := sorted(report["missing_keys"]):
        raise _refused(say("models.missing_tensors", path=path, count=len(missing), names=_some(missing)))
    if mismatched := sorted(report["mismatched_keys"]):
        names = [f"{name}: {list(found)} != {list(wanted)}" for name, found, wanted in mismatched]
        raise _refused(say("models.mismatched_tensors", path=path, count=len(names), names=_some(names)))
    if checkpoint.inspected.dequantized and (packed := sorted(_packed(model))):
        scales = [f"{name}_scale_inv" for name in packed]
        raise _refused(say("models.missing_tensors", path=path, count=len(scales), names=_some(scales)))
    unexpected = sorted(name for name in report["unexpected_keys"] if not _dispensable(checkpoint, model, name))
    if unexpected:
        raise _refused(say("models.unexpected_tensors", path=path, count=len(unexpected), names=_some(unexpected)))


def _packed(model: Any) -> Iterable[str]:
    """Parameters that stayed in eight bits for want of their scales."""
    return (name for name, tensor in model.named_parameters() if "float8" in str(tensor.dtype))


def _dispensable(checkpoint: Checkpoint, model: Any, name: str) -> bool:
    """Buffers that older versions stored and newer ones compute, scales of caches and activations, and the parts of a
    multimodal model beside its language model."""
    if _BUFFER.search(name) or (_MASK.search(name) and _is_mask(checkpoint, name)):
        return True
    if checkpoint.inspected.quantization and _SCALE.search(name):
        return True
    is_part = type(model.config) is not type(checkpoint.config)
    return is_part and _OTHER_PART.search(name) is not None


def _is_mask(checkpoint: Checkpoint, name: str) -> bool:
    """A causal mask has four dimensions, its filling none; a bias has one."""
    for headers in complete_weights(checkpoint.model).values():
        if name in headers:
            return len(headers[name].shape) in (0, 4)
    return False


def _some(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return [name[:200] for name in listed[:_MOST_NAMED]] + (["..."] if len(listed) > _MOST_NAMED else [])


def _refused(sentence: Sentence) -> RunError:
    return RunError("invalid_model", sentence)
