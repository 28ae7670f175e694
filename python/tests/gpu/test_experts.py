"""What loading a mixture of experts holds on the GPU at its peak, stacked and copied one by one, against the plan."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, MixtralConfig

from lbs.memory.limit import MIB
from lbs.plan.tracing.trace import Tracer
from lbs.worker.devices import Device
from lbs.worker.loading.experts import one_expert_at_a_time

pytestmark = pytest.mark.gpu
CONFIG = MixtralConfig(
    vocab_size=4096,
    hidden_size=2048,
    intermediate_size=4096,
    num_hidden_layers=4,
    num_attention_heads=16,
    num_key_value_heads=4,
    num_local_experts=8,
    tie_word_embeddings=False,
)
"""Its experts are 384 MiB a layer in bfloat16."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("experts")
    AutoModelForCausalLM.from_config(CONFIG, dtype=torch.bfloat16).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("one_by_one", [False, True])
def test_loading_holds_what_the_plan_says(device: Device, checkpoint: Path, one_by_one: bool) -> None:
    planned = Tracer(CONFIG, torch.bfloat16, kernels="sm_80").weights
    weights = planned["pre"] + sum(planned["layers"]) + planned["post"]
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    with one_expert_at_a_time() if one_by_one else nullcontext():
        model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.bfloat16, device_map={"": 0})
    peak = torch.cuda.max_memory_allocated() - before
    del model
    beside = planned["load_least" if one_by_one else "load_transient"]
    print(f"\n{'one by one' if one_by_one else 'stacked'}: {(peak - weights) / MIB:.0f} of {beside / MIB:.0f} MiB")
    # Experts may wait for their turn in the four threads that read.
    assert weights <= peak <= weights + beside + 20 * MIB
