"""What a quantized linear layer takes, by the settings of its method: its tensors, and what multiplying by it holds. No torch.

After the layers that each library puts in place of `nn.Linear`: gptqmodel, bitsandbytes 0.50, hqq 0.2.8, torchao, aqlm,
optimum-quanto, and transformers.integrations (bitnet, eetq, fbgemm_fp8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Literal

Settings = Mapping[str, object]
"""A `quantization_config`: foreign data."""

_FULL = 16
"""Bits from which on a layer counts as not quantized."""
_MXFP4_CHUNK = 16 * 32768 * 1024
"""Bytes of blocks."""


@dataclass(frozen=True)
class Packing:
    """`bits` of each value; `group`: values of a row that share scales, 0 for a whole row, which take `group_bytes`;
    `row_bytes` and `column_bytes`: of each output and each input; `fixed`: bytes of each layer, such as its codebook.

    `unpacks`: when the layer is unpacked to be multiplied: for prompts of more than one token, or always. `unpacking`: bytes
    per value of the layer meanwhile, where that is more than the unpacked value, of `compute` bytes, 0 for those of the
    input. `rounds`, `input_bytes`, `output_bytes`: per value of the layer's input while that is quantized, and per value of
    its input and output while they are multiplied. `scratch`: the device keeps room for the largest of these layers unpacked.
    """

    bits: Fraction
    group: int = 0
    group_bytes: Fraction = Fraction(0)
    row_bytes: Fraction = Fraction(0)
    column_bytes: int = 0
    fixed: int = 0
    unpacks: Literal["never", "prompt", "always"] = "always"
    unpacking: int = 0
    compute: int = 0
    rounds: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    scratch: bool = False

    def sizes(self, rows: int, columns: int) -> list[int]:
        """Bytes of each tensor of a layer with `rows` outputs and `columns` inputs, the values first."""
        groups = rows * ceil(Fraction(columns, self.group or columns))
        sizes = [
            ceil(rows * columns * self.bits / 8),
            ceil(groups * self.group_bytes),
            ceil(rows * self.row_bytes),
            columns * self.column_bytes,
            self.fixed,
        ]
        return [size for size in sizes if size]

    def held(self, rows: int, columns: int, tokens: int, item: int) -> tuple[int, int]:
        """Bytes beside input and output for `tokens` rows of input in values of `item` bytes: before the multiplication, and
        during it."""
        values = rows * columns if self.unpacks == "always" or (self.unpacks == "prompt" and tokens > 1) else 0
        unpacked = self.compute or item
        before = values * max(unpacked, self.unpacking) + tokens * columns * self.rounds
        return before, values * unpacked + tokens * (columns * self.input_bytes + rows * self.output_bytes)


def packing_of(method: str, settings: Settings, layer: str, item: int, *, on_cpu: bool = False) -> Packing | None:
    """Of the linear layer of that name, in a model of `item` bytes a value. None for a layer that is not quantized, and for
    all layers of a method whose sizes its settings do not tell. `on_cpu`: gptqmodel computes it in plain PyTorch."""
    make, own = _PACKINGS.get(method), _settings_of(settings, layer)
    if make is None or own is None:
        return None
    packing = make(own, item)
    if make in (_awq, _gptq) and (on_cpu or packing.bits == 3):  # no kernel takes three bits
        packing = _in_plain_pytorch(packing, item, awq=make is _awq)
    return packing if 0 < packing.bits < _FULL else None


def tells_sizes(method: str) -> bool:
    return method in _PACKINGS


def unpacking(method: str, experts: int, values: int, item: int) -> int:
    """Bytes that the load holds beside the weights while it dequantizes `experts` matrices of so many values each: after
    `_convert_moe_packed_tensors`, which takes all at once, and `Fp8Dequantize`, which takes each by itself and computes in
    float32 (transformers.integrations)."""
    if method == "mxfp4":
        packed = experts * values // 2
        # The scales are unpacked to int32, of a chunk of the blocks also indices, and the values that they stand for.
        return packed + packed // 4 + min(packed, _MXFP4_CHUNK) * (4 + item)
    return values * (1 + 4 + 4)


def named_exceptions(settings: Settings) -> list[str] | None:
    """Modules that stay as they are, by the settings; None where they name none."""
    for name in ("modules_to_not_convert", "llm_int8_skip_modules", "skip_modules", "linear_weights_not_to_quantize"):
        found = settings.get(name)
        if isinstance(found, list):
            return [str(one).removesuffix(".weight") for one in found]
    return None


def _settings_of(settings: Settings, layer: str) -> Settings | None:
    """With what the settings say of this layer in particular; None where they leave it out."""
    inside = settings.get("modules_in_block_to_quantize")
    if isinstance(inside, list):
        names = [str(name) for part in inside for name in (part if isinstance(part, list) else [part])]
        if not layer.endswith(tuple(names)):
            return None
    for table in ("dynamic", "extra_config", "dynamic_config"):
        rules = settings.get(table)
        for pattern, own in rules.items() if isinstance(rules, Mapping) else ():
            if _matches(str(pattern), layer):
                return None if str(pattern).startswith("-:") else _merged(settings, own)
    return settings


def _merged(settings: Settings, own: object) -> Settings:
    return {**settings, **own} if isinstance(own, Mapping) else settings


def _matches(pattern: str, layer: str) -> bool:
    """gptqmodel's rules begin with `+:` or `-:`; hqq names the end of a layer's name, auto-round the whole or a pattern."""
    pattern = pattern.removeprefix("-:").removeprefix("+:")
    if layer == pattern or layer.endswith(f".{pattern}"):
        return True
    try:
        return re.match(pattern, layer) is not None
    except re.error:
        return False


def _number(settings: Settings, *names: str, default: int) -> int:
    for name in names:
        value = settings.get(name)
        if type(value) is int:
            return value
    return default


def _group(settings: Settings, default: int) -> int:
    """0 for a whole row."""
    return max(0, _number(settings, "group_size", "q_group_size", default=default))


def _gptq(settings: Settings, item: int) -> Packing:
    """qweight, qzeros and scales per group, and g_idx: an int32 for each input. The ExLlama kernels, which take four bits,
    unpack into a buffer of their own (published peaks of Qwen2.5 show it to the byte); others unpack one layer."""
    bits = Fraction(_number(settings, "bits", "w_bit", default=4))
    own = bits == 4
    return Packing(
        bits, _group(settings, 128), item + bits / 8, Fraction(0), 4, unpacks="never" if own else "prompt", scratch=own
    )


def _awq(settings: Settings, item: int) -> Packing:
    bits = Fraction(_number(settings, "bits", "w_bit", default=4))
    return Packing(bits, _group(settings, 128), item + bits / 8, unpacks="prompt")


def _in_plain_pytorch(packing: Packing, item: int, *, awq: bool) -> Packing:
    """After gptqmodel's `dequantize_gemm` and `dequantize_weight`, for every input. AWQ shifts by int64, which makes the
    result int64 until it is int8. GPTQ holds integers and their difference, scales, what the difference is converted to,
    and the result; the integers are int8, int16 for eight bits, and int32 for three."""
    whole = {3: 4, 8: 2}.get(int(packing.bits), 1)
    unpacking = 8 + 1 if awq else 3 * item + 2 * whole
    return replace(packing, unpacks="always", unpacking=unpacking, scratch=False)


def _bitsandbytes(settings: Settings, item: int) -> Packing:
    if settings.get("load_in_8bit"):
        # The input's absolute values and its outliers' mask, then int8 inputs and int32 outputs.
        return Packing(Fraction(8), row_bytes=Fraction(4), unpacks="never", rounds=6, input_bytes=1, output_bytes=4)
    # Blocks of 64 values: an fp32 maximum, or 8 bits and an fp32 one for 256 of them; the code's 16 values.
    nested = settings.get("bnb_4bit_use_double_quant")
    scales, code = (1 + Fraction(4, 256), 16 * 4 + 256 * 4 + 4) if nested else (Fraction(4), 16 * 4)
    # Unpacked to the model's dtype, then to that of the computation, as inputs and outputs are.
    compute = 2 if "16" in str(settings.get("bnb_4bit_compute_dtype")) else 4
    converted = compute if compute != item else 0
    return Packing(
        4 + 8 * scales / 64,
        fixed=code,
        unpacks="prompt",
        unpacking=item + converted,
        compute=compute,
        input_bytes=converted,
        output_bytes=converted,
    )


def _hqq(settings: Settings, item: int) -> Packing:
    inner = settings.get("quant_config")
    own = {**settings, **(inner if isinstance(inner, Mapping) else {})}
    weights = own.get("weight_quant_params")
    own = {**own, **(weights if isinstance(weights, Mapping) else {})}
    bits = _number(own, "nbits", "bits", default=4)
    # Three bits: ten values in an int32.
    packed = Fraction(32, 10) if bits == 3 else Fraction(bits)
    return Packing(packed, _group(own, 64), Fraction(2 * item), unpacking=3 * item)


def _torchao(settings: Settings, item: int) -> Packing:
    kind = settings.get("quant_type")
    inner = kind.get("default") if isinstance(kind, Mapping) else None
    name = str(inner.get("_type") if isinstance(inner, Mapping) else kind).lower()
    data = inner.get("_data") if isinstance(inner, Mapping) else settings.get("quant_type_kwargs")
    own: Settings = {**settings, **(data if isinstance(data, Mapping) else {})}
    if "int4" in name or "uintx" in name:
        return Packing(Fraction(4), _group(own, 128), Fraction(4), unpacks="never")
    if "dynamicactivation" in name.replace("_", ""):
        return Packing(Fraction(8), row_bytes=Fraction(4), unpacks="never", input_bytes=1, output_bytes=4)
    return Packing(Fraction(8), row_bytes=Fraction(max(4, item)))


def _quanto(settings: Settings, item: int) -> Packing:
    name = str(settings.get("weights"))
    bits = next((bits for bits in (2, 4) if name.endswith(f"int{bits}")), 8)
    if bits == 8:
        return Packing(Fraction(8), row_bytes=Fraction(item))
    return Packing(Fraction(bits), 128, Fraction(2 * item))


def _aqlm(settings: Settings, item: int) -> Packing:
    """Codes of groups of values, a codebook and a scale for each row of groups."""
    inputs, outputs = _number(settings, "in_group_size", default=8), _number(settings, "out_group_size", default=1)
    books, bits = _number(settings, "num_codebooks", default=1), _number(settings, "nbits_per_codebook", default=16)
    values = max(1, inputs * outputs)
    stored = next((wide for wide in (8, 16, 32) if bits <= wide), 64)
    book = books * 2 ** min(bits, 24) * values * item
    return Packing(
        Fraction(books * stored, values), row_bytes=Fraction(item, max(1, outputs)), fixed=book, unpacks="prompt"
    )


def _eight_bits(_settings: Settings, _item: int) -> Packing:
    """fbgemm_fp8 and eetq: a scale for each output; fbgemm quantizes the input, too."""
    return Packing(Fraction(8), row_bytes=Fraction(4), unpacks="never", input_bytes=1)


def _bitnet(_settings: Settings, item: int) -> Packing:
    """Four values a byte, unpacked to int8 and then to the model's dtype in each forward pass."""
    return Packing(Fraction(2), fixed=item, unpacking=2 * item)


def _grouped(settings: Settings, item: int) -> Packing:
    """higgs and sinq: scales, and shifts, of groups."""
    return Packing(Fraction(_number(settings, "bits", "nbits", default=4)), _group(settings, 64), Fraction(2 * item))


_PACKINGS: Mapping[str, Callable[[Settings, int], Packing]] = {
    "aqlm": _aqlm,
    "auto-round": _gptq,
    "awq": _awq,
    "bitnet": _bitnet,
    "bitsandbytes": _bitsandbytes,
    "eetq": _eight_bits,
    "fbgemm_fp8": _eight_bits,
    "gptq": _gptq,
    "higgs": _grouped,
    "hqq": _hqq,
    "quanto": _quanto,
    "sinq": _grouped,
    "torchao": _torchao,
}
