"""Quantized layers on a real GPU, against what the plan counts for their tensors and for what multiplying by them holds."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hub

from lbs.plan import PlanInput, Workload, make_plan, parse_gpus, read_model
from lbs.plan.tracing.answer import answer
from lbs.worker.devices import Device
from tests.support.quantizing import by_torchao, in_eight_bits, in_four_bits
from tests.support.real_runs import perform

pytestmark = pytest.mark.gpu
MIB = 1 << 20
WORKS = [Workload(4096, 1, 8), Workload(64, 1, 8), Workload(512, 8, 8), Workload(1024, 4, kind="score")]


@pytest.mark.parametrize(
    ("library", "settings"),
    [("bitsandbytes", in_four_bits), ("bitsandbytes", in_eight_bits), ("torchao", by_torchao)],
)
def test_a_quantized_model_allocates_what_the_plan_predicts(
    library: str, settings: Callable[[], Any], models: Path, device: Device, tmp_path: Path
) -> None:
    """The plan may count a layer that this card's kernel does not unpack, and never too little."""
    pytest.importorskip(library, reason=f"{library} is not installed, and its kernels are measured here")
    loaded(models / "wide", quantization_config=settings()).save_pretrained(tmp_path)
    gc.collect()
    torch.cuda.empty_cache()
    gpus = tuple(parse_gpus("80GiB"))
    before = torch.cuda.memory_allocated()
    model = loaded(tmp_path).eval()
    weights = torch.cuda.memory_allocated() - before
    planned = read_model(str(tmp_path), "float16", gpus)
    assert planned.stored and abs(weights / planned.stored - 1) < 0.01
    for work in WORKS:
        torch.cuda.reset_peak_memory_stats()
        perform(model, work)
        torch.cuda.synchronize()
        real = torch.cuda.max_memory_allocated() - before
        predicted = make_plan(PlanInput(planned, work, gpus), answer).gpus[0].live_peak
        print(f"{library} {work}: {real / MIB:.1f} MiB, plan {predicted / real - 1:+.2%}")
        assert -0.01 <= predicted / real - 1 <= 0.10, work


def loaded(path: Path, **options: Any) -> Any:
    return hub.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float16, device_map={"": 0}, **options)
