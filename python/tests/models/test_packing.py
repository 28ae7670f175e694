"""What each method of quantization stores of a layer, and what multiplying by that layer holds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lbs.models.packing import packing_of

HQQ = {"quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}, "skip_modules": ["lm_head"]}
INT4 = {"quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {"group_size": 128}}}}
NESTED = {"load_in_4bit": True, "bnb_4bit_use_double_quant": True}
LAYERS: list[tuple[str, dict[str, Any], list[int]]] = [
    # 4096 outputs, 1024 inputs: 4 Mi values in float16.
    ("gptq", {"bits": 4, "group_size": 128}, [2097152, 8 * 4096 * 2 + 8 * 4096 // 2, 4096]),
    ("gptq", {"bits": 8, "group_size": -1}, [4194304, 4096 * 3, 4096]),
    ("gptq", {"bits": 3, "group_size": 128}, [1572864, 8 * 4096 * 2 + 8 * 4096 * 3 // 8, 4096]),
    ("auto-round", {"bits": 2, "group_size": 32}, [1048576, 32 * 4096 * 2 + 32 * 4096 // 4, 4096]),
    ("awq", {"bits": 4, "group_size": 128, "zero_point": True}, [2097152, 8 * 4096 * 2 + 8 * 4096 // 2]),
    ("awq", {"w_bit": 4, "q_group_size": 64}, [2097152, 16 * 4096 * 2 + 16 * 4096 // 2]),
    ("bitsandbytes", {"load_in_8bit": True}, [4194304, 4 * 4096]),
    ("bitsandbytes", {"load_in_4bit": True}, [2097152 + 65536 * 4, 64]),
    ("bitsandbytes", NESTED, [2097152 + 65536 + 256 * 4, 64 + 1024 + 4]),
    ("hqq", HQQ, [2097152, 65536 * 4]),
    ("torchao", INT4, [2097152, 8 * 4096 * 4]),
    ("torchao", {"quant_type": "int8_weight_only"}, [4194304, 4096 * 4]),
    ("quanto", {"weights": "int8"}, [4194304, 4096 * 2]),
    ("quanto", {"weights": "int4"}, [2097152, 8 * 4096 * 4]),
    ("eetq", {"weights": "int8"}, [4194304, 4096 * 4]),
    ("fbgemm_fp8", {}, [4194304, 4096 * 4]),
    ("bitnet", {}, [1048576, 2]),
    ("aqlm", {"num_codebooks": 1, "nbits_per_codebook": 16, "in_group_size": 8}, [1048576, 8192, 1048576]),
    ("aqlm", {"num_codebooks": 2, "nbits_per_codebook": 8, "in_group_size": 8}, [1048576, 8192, 8192]),
]


@pytest.mark.parametrize(("method", "settings", "sizes"), LAYERS)
def test_a_layer_takes_what_its_method_stores(method: str, settings: dict[str, Any], sizes: list[int]) -> None:
    packing = packing_of(method, settings, "model.layers.0.mlp.up_proj", 2)
    assert packing and packing.sizes(4096, 1024) == sizes


@given(
    case=st.sampled_from(LAYERS),
    rows=st.integers(8, 256).map(lambda count: 32 * count),
    columns=st.integers(4, 96).map(lambda count: 128 * count),
    tokens=st.integers(1, 4096),
)
def test_a_layer_takes_no_less_than_its_bits_and_no_more_than_unpacked(
    case: tuple[str, dict[str, Any], list[int]], rows: int, columns: int, tokens: int
) -> None:
    method, settings, _ = case
    packing = packing_of(method, settings, "layer", 2)
    assert packing
    total = sum(packing.sizes(rows, columns))
    assert rows * columns * packing.bits / 8 <= total <= 2 * rows * columns + packing.fixed
    before, during = packing.held(rows, columns, tokens, 2)
    values = 0 if packing.unpacks == "never" or (packing.unpacks == "prompt" and tokens == 1) else rows * columns
    unpacked = values * (packing.compute or 2)
    # Nothing is held for longer than one layer; inputs and outputs count at most as fp32.
    assert unpacked <= during <= unpacked + 4 * tokens * (rows + columns)
    assert 0 <= before <= max(3 * unpacked, 14 * values) + 8 * tokens * columns


UNPACKING: list[tuple[str, dict[str, Any], bool, int, int]] = [
    # Bytes per value of a layer in float16 while it is unpacked, and while it is multiplied.
    ("bitsandbytes", {"load_in_4bit": True}, False, 6, 4),
    ("bitsandbytes", {"load_in_4bit": True, "bnb_4bit_compute_dtype": "bfloat16"}, False, 2, 2),
    ("awq", {"bits": 4}, False, 2, 2),
    ("awq", {"bits": 4}, True, 9, 2),
    ("gptq", {"bits": 4}, False, 0, 0),
    ("gptq", {"bits": 4}, True, 8, 2),
    ("gptq", {"bits": 8}, True, 10, 2),
    ("gptq", {"bits": 3}, False, 14, 2),
]


@pytest.mark.parametrize(("method", "settings", "on_cpu", "before", "during"), UNPACKING)
def test_a_layer_holds_the_copies_that_its_library_makes(
    method: str, settings: dict[str, Any], on_cpu: bool, before: int, during: int
) -> None:
    packing = packing_of(method, settings, "layer", 2, on_cpu=on_cpu)
    assert packing
    held, multiplied = packing.held(1024, 512, 2, 2)
    converted = 2 * (1024 + 512) * 4 if packing.compute == 4 else 0
    assert (held, multiplied) == (before * 1024 * 512, during * 1024 * 512 + converted)


def test_the_fallback_of_gptqmodel_holds_no_more_than_planned() -> None:
    """The steps of `dequantize_gemm`: what is alive at once, by the dtypes that PyTorch gives its results."""
    qweight, shifts = torch.zeros(64, 16, dtype=torch.int32), torch.arange(0, 32, 4)
    values = 64 * 16 * 8
    shifted = torch.bitwise_right_shift(qweight[:, :, None], shifts[None, None, :])
    integers = shifted.to(torch.int8)
    packing = packing_of("awq", {"bits": 4}, "layer", 2, on_cpu=True)
    assert packing and packing.held(128, 64, 1, 2)[0] == shifted.nbytes + integers.nbytes == 9 * values


def test_settings_of_single_layers_count() -> None:
    dynamic = {"bits": 4, "group_size": 128, "dynamic": {"-:.*o_proj": {}, r"+:.*\.0\..*": {"bits": 8}}}
    assert packing_of("gptq", dynamic, "model.layers.1.self_attn.o_proj", 2) is None
    bits = [packing_of("gptq", dynamic, f"model.layers.{number}.mlp.up_proj", 2) for number in (0, 1)]
    assert [packing.bits for packing in bits if packing] == [8, 4]
    extra = {"bits": 4, "extra_config": {"model.layers.0.mlp.gate": {"bits": 16}, "model.layers.[12].mlp": {"bits": 2}}}
    assert packing_of("auto-round", extra, "model.layers.0.mlp.gate", 2) is None
    assert (packing := packing_of("auto-round", extra, "model.layers.2.mlp.up_proj", 2)) and packing.bits == 2
    inside = {"bits": 4, "modules_in_block_to_quantize": [["self_attn.q_proj"], ["mlp.up_proj"]]}
    assert packing_of("gptq", inside, "model.layers.0.self_attn.k_proj", 2) is None
    assert packing_of("gptq", inside, "model.layers.0.self_attn.q_proj", 2)
    odd = {"bits": "4", "group_size": None, "dynamic": {"+:(": {"bits": 8}}}
    assert (packing := packing_of("gptq", odd, "layer", 2)) and packing.bits == Fraction(4) and packing.group == 128
