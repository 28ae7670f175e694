"""Offloaded and quantized KV caches: the trace against runs on an emulated GPU, and both as ways out with their price.

HEADROOM_FAULTS=full: every cache of every kind of model; else one of each cache, and one that a model does not take.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import KvCache
from lbs.memory.limit import GIB, MIB
from lbs.plan import Workload, WorkloadError, make_plan, with_ways_out
from lbs.plan.__main__ import main
from lbs.plan.kv_caches import time_text
from lbs.plan.ledger import kind_of
from lbs.plan.trace_types import TraceRequest
from lbs.plan.tracing.build import CannotRun
from lbs.plan.tracing.trace import Tracer
from lbs.plan.ways_out import describe_ways_out, plan_in_time
from lbs.sentences import Sentence
from lbs.worker.devices.emulated import EmulatedDevice
from tests.plan.test_plan import LAYER, LAYERS, ask, linear
from tests.support.architectures import NOT_QUANTIZED, architectures
from tests.support.letters import Letters
from tests.support.long_form import FULL
from tests.support.real_runs import planned

MODELS = architectures()
QUICK = [("llama", "offloaded"), ("gpt2", "quantized"), ("gemma3", "quantized")]
ALL = [(name, kind) for name in ("llama", "gemma3", "qwen3-next", "gpt2") for kind in ("offloaded", "quantized")]
WORK = Workload(600, 3, 6, chunk=64)
"""It holds more cache than activations."""


def measured(model: Any, work: Workload) -> tuple[int, str]:
    """The most bytes that an emulated GPU counted, and the answers."""
    device = EmulatedDevice([4 * GIB])
    device.open()
    device.adopt(model, {"": 0})
    ledger = device._counter.ledgers[0]
    grow, most = ledger.grow, [0]

    def watched(size: int) -> bool:
        fits = grow(size)
        most[0] = max(most[0], ledger.allocated)
        return fits

    ledger.grow = watched  # type: ignore[method-assign]
    torch.manual_seed(1)
    prompts = [torch.randint(5, 500, (work.context,)).tolist() for _ in range(work.batch)]
    with device.running(model):
        answerer = Answerer(model, Letters(), Hooks(offloading_cache=device.offloading_cache), work.kv_cache)
        answers = answerer(prompts, work.new_tokens, chunk=work.chunk)
    device.forget(model)
    return most[0], " ".join(answer.text for answer in answers)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kv_cache"), ALL if FULL else QUICK)
def test_the_trace_agrees_with_a_run_on_an_emulated_gpu(name: str, kv_cache: KvCache) -> None:
    tracer = Tracer(MODELS[name], torch.bfloat16, kernels="cpu")
    if kv_cache == "quantized" and name in NOT_QUANTIZED:
        with pytest.raises(CannotRun, match="whose layers all have full attention"):
            tracer.trace(Workload(64, kv_cache=kv_cache))
        return
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], dtype=torch.bfloat16).eval()
    model.generation_config.eos_token_id = None
    changed = replace(WORK, kv_cache=kv_cache)
    kept, answers = measured(model, WORK)
    peak, others = measured(model, changed)
    # Where windows slide, the fetched part is taken as the largest layer's.
    assert -0.01 < planned(tracer, changed) / peak - 1 < 0.02
    assert peak < kept
    assert kv_cache == "quantized" or others == answers


def test_what_is_fetched_is_the_part_of_the_largest_layer() -> None:
    """Of most layers the cache ends with their window."""
    trace = Tracer(MODELS["gemma3"], torch.bfloat16, kernels="sm_80").trace(Workload(4000, 2, 2, kv_cache="offloaded"))
    keys_and_values, heads, size = 2, 2, 32
    assert trace["fetched"] == 2 * 4001 * keys_and_values * heads * size * 2
    assert trace["fetched"] > 2 * trace["host_cache"] / 6


def cached(request: TraceRequest) -> Any:
    """As `linear`, but an offloaded cache keeps two layers' part on the GPU, and a quantized one has half the bytes."""
    answer = linear(request)
    for work, trace in zip(request["works"], answer["traces"], strict=True):
        part = trace["kv_cache"][0]
        left = {"gpu": part, "offloaded": 0, "quantized": part // 2}[work["kv_cache"]]
        for forward in [*trace["prefill"], *trace["decode"]]:
            for segment in forward:
                if isinstance(segment[0], int):
                    segment[1] = left if segment[1] else 0
                    segment[2] += 2 * part if work["kv_cache"] == "offloaded" else 0
        trace["kv_cache"] = [left] * LAYERS
        offloaded = work["kv_cache"] == "offloaded"
        trace |= {"host_cache": part * LAYERS * offloaded, "fetched": part * offloaded}
    return answer


@settings(max_examples=60)
@given(st.integers(64, 120_000), st.integers(1, 4), st.sampled_from(["2GiB", "4GiB", "2GiB,2GiB"]), st.floats(0.3, 1))
def test_every_way_out_fits_when_it_is_planned_again(context: int, batch: int, gpus: str, limit: float) -> None:
    plan = plan_in_time(ask(gpus, round(limit, 2), context, batch=batch), cached)
    assert not plan.ways_out or plan.verdict in ("tight", "does_not_fit")
    for way in plan.ways_out:
        if way["change"] in ("kv_offload", "kv_quantized"):
            to: Any = way["to"]
            again = plan_in_time(plan.input.with_work(kv_cache=to), cached)
            assert again.verdict == "fits" and again.as_json()["total"] == way["total"]
            assert way["from"] == "gpu" and way["price_sentence"]


def crowded(**more: Any) -> Any:
    """Its cache alone is too large: 16 KiB a token in 16 layers, beside 1152 MiB of weights."""
    return with_ways_out(make_plan(replace(ask("4GiB", 0.0, 160_000, chunk=2048), **more), cached), cached)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.41, "0.41 s"), (2.5, "2.5 s"), (0.0996, "0.1 s"), (0.0125, "12 ms"), (0.00067, "0.67 ms")]
)
def test_a_short_price_is_in_milliseconds(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_the_ways_out_say_their_price() -> None:
    ways = {way["change"]: way for way in crowded().ways_out}
    assert (ways["kv_offload"]["to"], ways["kv_quantized"]["to"]) == ("offloaded", "quantized")
    price = str(Sentence.from_json(ways["kv_offload"]["price_sentence"]))
    # 160,029 tokens of 16 KiB, there and back, at 12 GiB/s.
    assert (
        price == "each generated token then moves 4.88 GiB over PCIe, about 0.41 s at an assumed 12 GiB/s; same answers"
    )
    said = str(describe_ways_out([ways["kv_offload"], ways["kv_quantized"]]))
    assert said.startswith("KV cache in system RAM (") and said.endswith("or KV cache in fp8 (changes results)")


def test_a_cache_is_offered_only_where_the_run_takes_it() -> None:
    def offered(**more: Any) -> set[str]:
        return {way["change"] for way in crowded(**more).ways_out} & {"kv_offload", "kv_quantized"}

    assert offered() == {"kv_offload", "kv_quantized"}
    assert offered(accepted=frozenset({"kv_quantized", "batch"})) == {"kv_quantized"}
    assert offered(host_room=GIB) == {"kv_quantized"}, "system RAM has no room for it"
    assert offered(work=Workload(160_000, chunk=2048, kv_cache="quantized")) == set()


def test_an_offloaded_cache_needs_room_in_system_ram() -> None:
    request = replace(ask("4GiB", 0.0, 160_000, chunk=2048, kv_cache="offloaded"), host_room=GIB)
    plan = make_plan(request, cached)
    assert plan.verdict == "does_not_fit"
    assert str(plan.short_of_ram) == "The KV cache would take 2.44 GiB of system RAM, of which 1.00 GiB may be used"
    enough = make_plan(replace(request, host_room=4 * GIB), cached)
    assert enough.verdict == "fits" and enough.as_json()["cpu"]["kv_cache"] == enough.demand.host_cache > 2 * GIB


def test_on_a_cpu_nothing_is_offloaded() -> None:
    asked: list[str] = []

    def source(request: TraceRequest) -> Any:
        asked.extend(work["kv_cache"] for work in request["works"])
        return cached(request)

    plan = make_plan(replace(ask(context=500, kv_cache="offloaded"), gpus=()), source)
    assert set(asked) == {"gpu"} and plan.demand.host_cache == 0 and plan.verdict == "fits"


def test_runs_with_another_cache_are_corrected_apart() -> None:
    assert kind_of(Workload(10, chunk=4, kv_cache="offloaded")) == "generate+chunked+kv_offloaded"
    assert kind_of(Workload(10)) == "generate"
    with pytest.raises(WorkloadError, match="kv_cache is one of gpu, offloaded, quantized, not 'disk'"):
        Workload(10, kv_cache="disk")  # type: ignore[arg-type]
    assert LAYER == 64 * MIB


@pytest.mark.usefixtures("traced_here")
def test_the_command_plans_another_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    MODELS["llama"].save_pretrained(tmp_path)
    assert main([str(tmp_path), "--gpu", "24GiB", "--context", "256", "--kv-cache", "offloaded"]) == 0
    assert "KV cache offloaded: each generated token then moves" in capsys.readouterr().out
