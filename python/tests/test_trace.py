"""The plan against real runs: each model really generates on the CPU while every storage of it is counted."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.benchmarks.ceval.run import Chooser
from lbs.benchmarks.hooks import Hooks
from lbs.plan.compose import Traced, runs_of
from lbs.plan.script import BLOCK
from lbs.plan.tracing.build import CannotTrace
from lbs.plan.tracing.live import Live
from lbs.plan.tracing.trace import Tracer
from lbs.plan.workload import Workload
from tests.architectures import architectures

pytestmark = pytest.mark.slow
MODELS = architectures()
NO_CHUNKS = {"mamba2"}
"""transformers refuses prefill_chunk_size for models without a cache of keys."""
WORKS = [
    Workload(512, 1, 8),
    Workload(1024, 3, 8),
    Workload(64, 2, 120),
    Workload(1024, 2, 8, chunk=256),
    Workload(700, 2, 8, padded=True),
    Workload(512, 2, kind="score"),
    Workload(600, 3, kind="choose", padded=True),
]
WITHIN = 0.005


def really(model: Any, work: Workload) -> int:
    """Live bytes at the peak of a real run, weights included."""
    live = Live()
    for tensor in all_tensors(model):
        live.ignore(tensor)
    model.generation_config.eos_token_id = None  # so that it goes on to the last token
    with torch.no_grad(), live:
        ids = torch.randint(5, 1000, (work.batch, work.context))
        mask = torch.ones_like(ids)
        if work.padded:
            mask[0, : work.context // 2] = 0
        if work.kind == "score":
            logits = model(input_ids=ids, use_cache=False).logits.float()
            torch.log_softmax(logits, -1)
        elif work.kind == "choose":
            prompts = [row[work.context // 2 if number == 0 else 0 :].tolist() for number, row in enumerate(ids)]
            del ids, mask
            choose(model, prompts)
        else:
            chunk = {"prefill_chunk_size": work.chunk} if work.chunk else {}
            model.generate(
                ids, attention_mask=mask, max_new_tokens=work.new_tokens, do_sample=False, pad_token_id=0, **chunk
            )
    return live.top + weights_of(model)


def weights_of(model: Any) -> int:
    storages = {tensor.untyped_storage()._cdata: tensor.untyped_storage().nbytes() for tensor in all_tensors(model)}
    return sum(-(-size // BLOCK) * BLOCK for size in storages.values())


def all_tensors(model: Any) -> list[torch.Tensor]:
    return [*model.parameters(), *model.buffers()]


def choose(model: Any, prompts: list[list[int]]) -> None:
    """As C-Eval does it: the benchmark's own code."""

    class Tokenizer:
        pad_token_id = 0

        def encode(self, letter: str, **_: Any) -> list[int]:
            return [ord(letter)]

    Chooser(model, Tokenizer(), len(prompts), Hooks())(range(len(prompts)), prompts)


def planned(tracer: Tracer, work: Workload) -> int:
    weights = tracer.weights()
    early = tracer.trace(work)
    late = tracer.trace(work.late) if work.has_late else None
    peak = Traced(runs_of(early, late), early["classes"]).peak(((-1, len(early["classes"]) + 1),), True)
    return int(weights["pre"] + sum(weights["layers"]) + weights["post"] + peak)


@pytest.mark.parametrize("name", MODELS)
def test_the_plan_is_what_really_lives(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], dtype=torch.bfloat16).eval()
    tracer = Tracer(MODELS[name], torch.bfloat16, cuda=False)
    off = {}
    for work in WORKS:
        if work.chunk and name in NO_CHUNKS:
            continue
        off[work] = planned(tracer, work) / really(model, work) - 1
    print(name, " ".join(f"{share:+.3%}" for share in off.values()))
    assert {work: share for work, share in off.items() if abs(share) > WITHIN} == {}


def test_equal_layers_are_traced_once_and_tell_the_same_as_all_of_them() -> None:
    once = Tracer(MODELS["deepseek-v3"], torch.bfloat16, cuda=True)
    every = Tracer(MODELS["deepseek-v3"], torch.bfloat16, cuda=True)
    every.trace_all()
    work = Workload(512, 2, 8)
    assert len(set(once.classes)) == 3 < len(set(every.classes))
    assert planned(once, work) == pytest.approx(planned(every, work), rel=0.001)


def test_a_model_that_cannot_be_built_says_why() -> None:
    config = architectures()["llama"]
    config.hidden_size = -1
    with pytest.raises(CannotTrace, match="cannot build"):
        Tracer(config, torch.bfloat16, cuda=True)
