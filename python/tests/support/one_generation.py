"""`python -m tests.support.one_generation MODEL CONTEXT BATCH NEW_TOKENS`: what one `generate` on cuda:0 reserves beside what the
plan says, as JSON on stdout. Bytes, without the workspace of cuBLAS in what is planned."""

from __future__ import annotations

import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from lbs.plan.footprint import TracedFootprint, forwards_of
from lbs.plan.kernels import kernels_of
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload


def planned(model: str, work: Workload, *, native: bool) -> tuple[int, int]:
    """The live peak, and what the allocator reserves above it."""
    capability = torch.cuda.get_device_capability(0)
    tracer = Tracer(AutoConfig.from_pretrained(model), torch.bfloat16, kernels=kernels_of([capability]))
    early, late = tracer.run([work, work.late], native=native)
    footprint = TracedFootprint(forwards_of(early, late), early["classes"])
    live = sum(tracer.weights["sizes"]) + footprint.peak(((-1, len(early["classes"]) + 1),), first=True)
    return live, early["slack"]["native" if native else "expandable"]


def main() -> None:
    path, *numbers = sys.argv[1:]
    context, batch, new_tokens = map(int, numbers)
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16).to("cuda:0").eval()
    ids = torch.ones((batch, context), dtype=torch.long, device="cuda:0")
    torch.cuda.reset_peak_memory_stats()
    with torch.no_grad():
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=new_tokens, min_new_tokens=new_tokens)
    torch.cuda.synchronize()
    expandable = bool(torch.cuda.memory._snapshot()["allocator_settings"]["expandable_segments"])
    live, slack = planned(path, Workload(context, batch, new_tokens), native=not expandable)
    found = {
        "expandable": expandable,
        "reserved": torch.cuda.max_memory_reserved(),
        "allocated": torch.cuda.max_memory_allocated(),
        "live": live,
        "slack": slack,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
