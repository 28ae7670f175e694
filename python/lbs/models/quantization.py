"""Quantized checkpoints: which ones loading dequantizes, and what the others need. No torch.

After transformers.quantizers. fp8 and mxfp4 need kernels of the hub, which a worker never downloads, and compressed-tensors
unpacks its weights in the first forward pass: these are dequantized by the load on every device, and planned so.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass

from lbs.models.errors import ModelFolderError
from lbs.models.tensor_file import TensorHeader
from lbs.sentences import Sentence, say

KEY = "quantization_config"
_DEQUANTIZED = frozenset({"fp8", "mxfp8", "mxfp4", "compressed-tensors"})
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "aqlm": ("aqlm",),
    "auto-round": ("auto-round",),
    "awq": ("gptqmodel",),
    "bitnet": (),
    "bitsandbytes": ("bitsandbytes",),
    "compressed-tensors": ("compressed-tensors",),
    "eetq": ("kernels",),
    "fbgemm_fp8": ("fbgemm-gpu",),
    "fouroversix": ("fouroversix",),
    "fp_quant": ("fp_quant", "qutlass"),
    "fp8": (),
    "gemma": (),
    "gptq": ("optimum", "gptqmodel"),
    "higgs": ("flute-kernel", "fast_hadamard_transform"),
    "hqq": ("hqq",),
    "mxfp4": (),
    "mxfp8": (),
    "quanto": ("optimum-quanto",),
    "quark": ("amd-quark",),
    "sinq": ("sinq",),
    "spqr": ("spqr_quant",),
    "torchao": ("torchao",),
    "vptq": ("vptq",),
}
"""The distributions that loading imports, by `quant_method`; all others cannot be loaded."""


@dataclass(frozen=True)
class Quantization:
    """`method`: as the config names it."""

    method: str

    @property
    def dequantized(self) -> bool:
        """Whether the load unpacks the weights."""
        return self.method in _DEQUANTIZED

    @property
    def note(self) -> Sentence | None:
        """For the plan and the result."""
        return say("models.dequantized", method=self.method) if self.dequantized else None


def quantization_of(config: Mapping[str, object]) -> Quantization | None:
    """None for a checkpoint that is not quantized. Raises ModelFolderError where this installation cannot load it."""
    settings = quantization_settings(config)
    if settings is None:
        return None
    method = method_of(settings)
    if method is None:
        raise ModelFolderError(say("models.quantization_unnamed"))
    if method not in _NEEDS:
        raise ModelFolderError(say("models.quantization_unsupported", method=method))
    if lacking := [name for name in _NEEDS[method] if not _installed(name)]:
        raise ModelFolderError(say("models.quantization_needs", method=method, packages=" ".join(lacking)))
    return Quantization(method)


def quantization_settings(config: Mapping[str, object]) -> Mapping[str, object] | None:
    """The config's own, or that of the language model that it nests."""
    text = config.get("text_config")
    for part in (config, text if isinstance(text, Mapping) else {}):
        found = part.get(KEY)
        if isinstance(found, Mapping):
            return found
    return None


def method_of(settings: Mapping[str, object]) -> str | None:
    # Older bitsandbytes checkpoints name no method.
    if settings.get("load_in_8bit") or settings.get("load_in_4bit"):
        return "bitsandbytes"
    method = settings.get("quant_method")
    return method if isinstance(method, str) else None


def unpacked_values(method: str, name: str, header: TensorHeader) -> int | None:
    """Values of a tensor once dequantized, 0 for scales; None for a tensor that is not quantized."""
    last = name.rpartition(".")[2]
    if "scale" in last:
        return 0
    if method == "compressed-tensors" and (header.dtype == "I8" or last in ("weight_shape", "weight_zero_point")):
        return header.values if last == "weight" else 0
    if header.dtype in ("I8", "U8", "F4", "I32"):
        # Four bits a value: mxfp4's blocks, fp4 experts of an fp8 checkpoint, packed integers.
        return 2 * header.size
    return header.values if header.dtype.startswith("F8_") else None


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
