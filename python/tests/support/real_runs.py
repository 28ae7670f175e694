"""A workload done for real by a model, on whatever device it lies: what a plan is held against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from lbs.benchmarks.ceval.encode import Feed, Prompt
from lbs.benchmarks.ceval.score import Scorer
from lbs.benchmarks.ceval_data import LETTERS, Question, Row
from lbs.benchmarks.generation import QUANTIZED_BACKEND
from lbs.benchmarks.hooks import Hooks
from lbs.plan.allocator.pool import BLOCK
from lbs.plan.footprint import TracedFootprint, forwards_of
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload


def perform(model: Any, work: Workload) -> None:
    """As the benchmarks do it; nothing is left but the model."""
    model.generation_config.eos_token_id = None  # so that it goes on to the last token
    with torch.no_grad():
        ids = torch.randint(5, 1000, (work.batch, work.context), device=model.device)
        mask = torch.ones_like(ids)
        if work.padded:
            mask[0, : work.context // 2] = 0
        if work.kind == "score":
            logits = model(input_ids=ids, use_cache=False).logits.float()
            torch.log_softmax(logits, -1)
        elif work.kind == "choose":
            prompts = [row[work.context // 2 if number == 0 else 0 :].tolist() for number, row in enumerate(ids)]
            del ids, mask
            _choose(model, prompts)
        else:
            asked: dict[str, Any] = {"prefill_chunk_size": work.chunk} if work.chunk else {}
            if work.kv_cache != "gpu":
                asked["cache_implementation"] = work.kv_cache
            if work.kv_cache == "quantized":
                asked["cache_config"] = {"backend": QUANTIZED_BACKEND}
            model.generate(
                ids,
                attention_mask=mask,
                max_new_tokens=work.new_tokens,
                do_sample=False,
                use_cache=True,
                pad_token_id=0,
                **asked,
            )


def _choose(model: Any, prompts: list[list[int]]) -> None:
    class Tokenizer:
        pad_token_id = 0

    tails = [[ord(letter)] for letter in LETTERS]
    question = Question("x|1", "x", Row(1, "", ("", "", "", ""), "A", None), "A", ())
    Scorer(model, Tokenizer(), Hooks())(
        [Prompt(question, "", ids, [Feed(ids, [0, 1, 2, 3], tails)]) for ids in prompts]
    )


def all_tensors(model: Any) -> list[torch.Tensor]:
    return [*model.parameters(), *model.buffers()]


def weights_of(model: Any) -> int:
    """Bytes, in the allocator's blocks."""
    storages = {tensor.untyped_storage()._cdata: tensor.untyped_storage().nbytes() for tensor in all_tensors(model)}
    return sum(-(-size // BLOCK) * BLOCK for size in storages.values())


def planned(tracer: Tracer, work: Workload) -> int:
    """Allocated bytes at the peak, weights included, as the plan predicts them."""
    weights = tracer.weights
    early = tracer.trace(work)
    late = tracer.trace(work.late) if work.has_late else None
    peak = TracedFootprint(forwards_of(early, late), early["classes"]).peak(((-1, len(early["classes"]) + 1),), True)
    return int(weights["pre"] + sum(weights["layers"]) + weights["post"] + peak)


def profiled(model: Any, work: Workload) -> int:
    """The most bytes that the allocator held above what it held before, weights added."""
    return recorded_peak(lambda: perform(model, work)) + weights_of(model)


def recorded_peak(action: Callable[[], Any]) -> int:
    """The most bytes that the CPU's allocator held above what it held before."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        action()
    found = record.profiler.kineto_results.events()
    events = sorted((event.start_ns(), event.nbytes()) for event in found if event.name() == "[memory]")
    now = top = 0
    for _, size in events:
        now += size
        top = max(top, now)
    return top
