"""Quantized checkpoints: which ones loading dequantizes, and what the others need. No torch.

After transformers.quantizers. fp8 and mxfp4 need kernels of the hub, which a worker never downloads, and compressed-tensors
unpacks its weights in the first forward pass: these are dequantized by the load on every device, and planned so.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from lbs.models.errors import ModelFolderError
from lbs.models.packing import Packing, Settings, packing_of, tells_sizes
from lbs.models.tensor_file import TensorHeader
from lbs.sentences import Sentence, say

KEY = "quantization_config"
Capability = tuple[int, int]
_DEQUANTIZED = frozenset({"fp8", "mxfp8", "mxfp4", "compressed-tensors"})
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "aqlm": ("aqlm[gpu,cpu]",),
    "auto-round": ("auto-round>=0.5",),
    "awq": ("gptqmodel>=1.4.3",),
    "bitnet": (),
    "bitsandbytes": ("bitsandbytes>=0.46.1",),
    "compressed-tensors": ("compressed-tensors>=0.15.0",),
    "fbgemm_fp8": ("fbgemm-gpu-genai",),
    "fouroversix": ("fouroversix",),
    "fp_quant": ("fp-quant>=0.3.2", "qutlass"),
    "fp8": (),
    "gemma": (),
    "gptq": ("optimum>=1.24.0", "gptqmodel>=1.4.3"),
    "higgs": ("flute-kernel>=0.4.1", "fast-hadamard-transform"),
    "hqq": ("hqq>=0.2.1",),
    "mxfp4": (),
    "mxfp8": (),
    "quanto": ("optimum-quanto",),
    "quark": ("amd-quark>=0.12",),
    "sinq": ("sinq",),
    "spqr": ("spqr-quant[gpu]",),
    "torchao": ("torchao>=0.15.0",),
    "vptq": ("vptq>=0.0.4",),
}
"""The distributions that loading imports, by `quant_method`, as pip installs them; other methods cannot be loaded. eetq and
nvfp4 fetch their kernels from the hub, which a worker never does."""
_LEAST: Mapping[str, Capability] = {
    "awq": (7, 5),
    "fbgemm_fp8": (9, 0),
    "fp_quant": (10, 0),
    "gptq": (6, 0),
    "higgs": (8, 0),
    "spqr": (8, 0),
}
"""The least compute capability that a method's kernels run on, where it is above that of PyTorch itself."""
_GPU_ONLY = frozenset({"fbgemm_fp8", "fp_quant", "higgs", "hqq", "spqr", "vptq"})


@dataclass(frozen=True)
class Quantization:
    """`method`: as the config names it; `settings`: its quantization_config."""

    method: str
    settings: Settings = field(default_factory=dict, hash=False)

    @property
    def dequantized(self) -> bool:
        """Whether the load unpacks the weights."""
        return self.method in _DEQUANTIZED

    @property
    def note(self) -> Sentence:
        """For the plan and the result: their scores are those of these weights."""
        if self.dequantized:
            return say("models.dequantized", method=self.title)
        return say("models.quantized", method=self.title)

    @property
    def title(self) -> Sentence | str:
        """The method with its bits, such as `gptq, 4 bits`."""
        bits = self.settings.get("bits")
        if self.method == "bitsandbytes":
            bits = 8 if self.settings.get("load_in_8bit") else 4
        return say("models.in_bits", method=self.method, bits=bits) if type(bits) is int else self.method

    @property
    def lacking(self) -> Sentence | None:
        """Why this Python cannot load it: the packages that pip has to install."""
        missing = [name for name in _NEEDS[self.method] if not _installed(Requirement(name))]
        # In quotes where a shell would read it as more than a word.
        words = [f"'{name}'" if any(sign in name for sign in "<>[") else name for name in missing]
        return say("models.quantization_needs", method=self.method, packages=" ".join(words)) if words else None

    @property
    def tells_sizes(self) -> bool:
        """Whether the settings tell how large the quantized layers are."""
        return self.dequantized or tells_sizes(self.method)

    def refusal(self, capabilities: Sequence[Capability | None]) -> Sentence | None:
        """Why it does not run on GPUs of these compute capabilities, none for the CPU; None for an unknown one."""
        if not capabilities:
            return say("models.quantization_needs_gpu", method=self.method) if self.method in _GPU_ONLY else None
        least = self._least
        below = [one for one in capabilities if one is not None and one < least]
        if not below:
            return None
        return say(
            "models.quantization_needs_capability", method=self.title, least=_dotted(least), has=_dotted(min(below))
        )

    def packing(self, layer: str, item: int, *, on_cpu: bool = False) -> Packing | None:
        """Of the linear layer of this name as it is loaded in a model of `item` bytes a value; None for its full size."""
        return None if self.dequantized else packing_of(self.method, self.settings, layer, item, on_cpu=on_cpu)

    @property
    def _least(self) -> Capability:
        if self.method == "bitsandbytes" and self.settings.get("load_in_8bit"):
            return (7, 5)
        if self.method == "torchao":
            return (8, 9) if "float8" in str(self.settings.get("quant_type")).lower() else (8, 0)
        return _LEAST.get(self.method, (0, 0))


def quantization_of(config: Mapping[str, object]) -> Quantization | None:
    """None for a checkpoint that is not quantized. Raises ModelFolderError for a method that no package makes loadable."""
    settings = quantization_settings(config)
    if settings is None:
        return None
    method = method_of(settings)
    if method is None:
        raise ModelFolderError(say("models.quantization_unnamed"))
    if method not in _NEEDS:
        raise ModelFolderError(say("models.quantization_unsupported", method=method))
    return Quantization(method, settings)


def quantization_settings(config: Mapping[str, object]) -> Mapping[str, object] | None:
    """The config's own, or that of the language model that it nests. Raises ModelFolderError for anything but an object."""
    text = config.get("text_config")
    for part in (config, text if isinstance(text, Mapping) else {}):
        found = part.get(KEY)
        if isinstance(found, Mapping):
            return found
        if found is not None:
            raise ModelFolderError(say("models.quantization_unnamed"))
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


def keeps_dtype(name: str) -> bool:
    """Whether a floating-point tensor of a quantized layer is loaded as it is stored, whatever the model's dtype."""
    return name.rpartition(".")[2] in ("SCB", "absmax", "nested_absmax", "nested_quant_map", "quant_map")


def _installed(needed: Requirement) -> bool:
    try:
        return needed.specifier.contains(importlib.metadata.version(needed.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def _dotted(capability: Capability) -> str:
    return ".".join(map(str, capability))
