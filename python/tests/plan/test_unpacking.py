"""What the load holds while it dequantizes a weight, against transformers' own functions on fake tensors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers.integrations.finegrained_fp8 import Fp8Dequantize
from transformers.integrations.mxfp4 import _convert_moe_packed_tensors

from lbs.models.packing import unpacking
from lbs.plan import PlanInput, Workload, make_plan, parse_gpus, read_model
from lbs.plan.tracing.allocations import Allocations
from lbs.plan.tracing.answer import answer
from tests.plan.test_quantized import LLAMA, config

EXPERTS, ROWS, COLUMNS = 8, 1024, 2048
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}


def held(unpack: Callable[[], torch.Tensor]) -> int:
    """Bytes at the peak, without those of the result."""
    allocations = Allocations()
    with FakeTensorMode(), allocations:
        out = unpack()
        return allocations.peak - out.nbytes


def fp8(dtype: torch.dtype) -> torch.Tensor:
    packed = torch.empty(ROWS, COLUMNS, dtype=torch.float8_e4m3fn)
    scales = torch.empty(ROWS // 128, COLUMNS // 128)
    out: torch.Tensor = Fp8Dequantize(None)._dequantize_one(packed, scales, output_dtype=dtype)
    return out


def mxfp4(dtype: torch.dtype) -> torch.Tensor:
    blocks = torch.empty(EXPERTS, ROWS, COLUMNS // 32, 16, dtype=torch.uint8)
    scales = torch.empty(EXPERTS, ROWS, COLUMNS // 32, dtype=torch.uint8)
    out: torch.Tensor = _convert_moe_packed_tensors(blocks, scales, dtype=dtype)
    return out


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_unpacking_holds_what_transformers_holds(dtype: torch.dtype) -> None:
    for found, planned in (
        (held(lambda: fp8(dtype)), unpacking("fp8", 1, ROWS * COLUMNS, dtype.itemsize)),
        (held(lambda: mxfp4(dtype)), unpacking("mxfp4", EXPERTS, ROWS * COLUMNS, dtype.itemsize)),
    ):
        assert found <= 1.01 * planned
        if dtype.itemsize == 2:
            assert found >= 0.98 * planned


def loading(path: Path) -> tuple[int, int]:
    """Bytes that it holds beside the weights, and the least of them."""
    request = PlanInput(read_model(str(path), "bfloat16"), Workload(16, new_tokens=1), tuple(parse_gpus("24GiB")))
    blocks = make_plan(request, answer).demand.blocks
    return blocks.load_transient, blocks.load_least


def test_experts_that_are_unpacked_first_are_never_copied_one_by_one(tmp_path: Path) -> None:
    """lbs.worker.loading.experts leaves them to transformers, which holds a layer of them twice."""
    numbers = LLAMA | {
        "model_type": "qwen3_moe",
        "num_experts": 16,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 256,
        "num_key_value_heads": 2,
        "head_dim": 64,
    }

    most, least = loading(config(tmp_path / "whole", numbers))
    assert least == most // 16
    assert loading(config(tmp_path / "fp8", numbers, FP8)) == (most, most)


def test_a_dense_model_is_unpacked_matrix_by_matrix(tmp_path: Path) -> None:
    largest = LLAMA["intermediate_size"] * LLAMA["hidden_size"]
    assert loading(config(tmp_path / "fp8", LLAMA, FP8)) == (9 * largest, 9 * largest)
