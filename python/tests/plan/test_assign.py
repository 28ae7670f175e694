"""The split of layers over GPUs against an enumeration of every split, and the verdicts of published models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.memory.limit_value import Limit
from lbs.plan import Plan, PlanInput, TraceAnswer, TraceRequest, Workload, make_plan, parse_gpus, read_model
from lbs.plan.assess import assess
from lbs.plan.assign import Assigner
from lbs.plan.demand import Blocks, Demand
from lbs.plan.footprint import TracedFootprint
from lbs.plan.layout import DeviceMemory, Layout, gpu_memory, memory_by_device
from lbs.plan.trace_types import Segments


@dataclass(frozen=True)
class Room:
    size: int

    def shortfall(self, memory: DeviceMemory) -> int:
        return max(memory.peak, memory.load_peak) - self.size


def demand_of(weights: list[int], runs: list[list[tuple[Segments, bool]]], *, tied: bool) -> Demand:
    pre, *layers, post = weights
    blocks = Blocks(pre, layers, 0 if tied else post, 1, 1, {"pre": ["embed"], "post": ["head"]}, "layers", tied)
    footprint = TracedFootprint(runs, list(range(len(layers))))
    return Demand(
        "traced",
        None,
        blocks,
        [0] * len(layers),
        {"expandable": 0, "native": 0, "native_least": 0, "unsplit": 0},
        footprint,
    )


def every_layout(gpus: int, layers: int, *, tied: bool) -> Iterator[Layout]:
    """Every split into runs of layers in the order of the GPUs, with every place of "pre" and of "post"."""
    for ends in combinations_with_replacement(range(layers + 1), gpus):
        begins = (0, *ends[:-1])
        used = [number for number in range(gpus) if begins[number] < ends[number]]
        for main in range(gpus if not used else used[0] + 1):
            for last in [main] if tied else range(max([main, *used]), gpus):
                yield Layout(tuple(range(gpus)), ends, layers, main, last)


def lacking(demand: Demand, layout: Layout, sizes: list[int]) -> int:
    found = memory_by_device(demand, layout)
    return max(Room(sizes[gpu]).shortfall(memory) for gpu, memory in found.items() if isinstance(gpu, int))


def check(demand: Demand, sizes: list[int]) -> None:
    layers, tied = len(demand.blocks.layers), demand.blocks.tied
    found = [(layout, lacking(demand, layout, sizes)) for layout in every_layout(len(sizes), layers, tied=tied)]
    fitting = [layout.layers_on_gpus for layout, short in found if short <= 0]
    assigner = Assigner(demand, [(number, Room(size)) for number, size in enumerate(sizes)])
    whole, offload = assigner.without_cpu(), assigner.least_offload()
    assert (whole is not None) == (layers in fitting)
    assert (offload and offload.layers_on_gpus) == (max(fitting) if fitting else None)
    for layout in (whole, offload):
        assert layout is None or lacking(demand, layout, sizes) <= 0
    if not whole:
        closest = assigner.closest()
        least = min(short for layout, short in found if layout.layers_on_gpus == layers)
        assert closest.layers_on_gpus == layers
        assert least <= lacking(demand, closest, sizes) <= least * 1.01 + 1


@st.composite
def demands(draw: st.DrawFn, most_layers: int) -> Demand:
    """Layers keep some bytes, of which a later pass may free a part; "post" frees what "pre" handed on."""
    layers = draw(st.integers(1, most_layers))
    size = st.integers(0, 9)
    held, runs = [0] * layers, []
    for _ in range(draw(st.integers(1, 3))):
        passed = draw(size)
        run: Segments = [["pre", passed, draw(size)]]
        for number in range(layers):
            net = draw(st.integers(-held[number], 6))
            held[number] += net
            run.append([number, net, max(0, net) + draw(size)])
        runs.append(([*run, ["post", -passed, draw(size)]], draw(st.booleans())))
    weights = [draw(st.integers(0, 12)) for _ in range(layers + 2)]
    return demand_of(weights, [runs], tied=draw(st.booleans()))


@settings(max_examples=150)
@given(demands(5), st.lists(st.integers(-5, 60), min_size=2, max_size=4))
def test_a_split_is_found_wherever_one_exists(demand: Demand, sizes: list[int]) -> None:
    check(demand, sizes)


@settings(max_examples=25)
@given(demands(3), st.lists(st.integers(-5, 30), min_size=5, max_size=8))
def test_so_it_is_on_up_to_eight_gpus(demand: Demand, sizes: list[int]) -> None:
    check(demand, sizes)


@pytest.mark.parametrize("tied", [True, False])
def test_every_pair_of_sizes(tied: bool) -> None:
    """A model of 4 layers of 10 with 6 before and 7 after them, which keeps 1 a layer and works with 3."""
    run: Segments = [["pre", 1, 2], *[[number, 1, 3] for number in range(4)], ["post", -1, 5]]
    demand = demand_of([6, 10, 10, 10, 10, 7], [[(run, True), (run, True)]], tied=tied)
    for first in range(0, 80, 3):
        for second in range(0, 80, 2):
            check(demand, [first, second])


def llama(vocabulary: int, hidden: int, inner: int, layers: int, heads: int, groups: int, most: int) -> dict[str, Any]:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "max_position_embeddings": most,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }


CONFIGS = {
    "Llama-2-13B": llama(32000, 5120, 13824, 40, 40, 40, 4096),
    "Llama-2-70B": llama(32000, 8192, 28672, 80, 64, 8, 4096),
    "Llama-3-70B": llama(128256, 8192, 28672, 80, 64, 8, 131072),
}
PlanOf = Callable[[str, str, float, int], Plan]


@pytest.fixture(scope="module")
def plan_of(tmp_path_factory: pytest.TempPathFactory) -> PlanOf:
    from lbs.plan.tracing.answer import answer

    folder = tmp_path_factory.mktemp("configs")

    @cache
    def traced(question: str) -> TraceAnswer:
        return answer(json.loads(question))

    def source(request: TraceRequest) -> TraceAnswer:
        return traced(json.dumps(request))

    def plan(name: str, gpus: str, limit: float, context: int) -> Plan:
        (folder / name).mkdir(exist_ok=True)
        Path(folder / name / "config.json").write_text(json.dumps(CONFIGS[name]))
        model = read_model(str(folder / name), "bfloat16")
        return make_plan(PlanInput(model, Workload(context), tuple(parse_gpus(gpus)), Limit.parse(limit)), source)

    return plan


@pytest.mark.parametrize(
    ("name", "gpus", "limit", "context", "verdict"),
    [
        ("Llama-2-70B", "48GiB,48GiB,48GiB,48GiB", 0.9, 4064, "fits"),
        ("Llama-3-70B", "48GiB,48GiB,48GiB,48GiB", 0.9, 4096, "fits"),
        ("Llama-2-70B", ",".join(["24GiB"] * 8), 1.0, 4064, "fits"),
        ("Llama-3-70B", ",".join(["24GiB"] * 8), 1.0, 4096, "fits"),
        ("Llama-3-70B", ",".join(["24GiB"] * 6), 1.0, 4096, "does_not_fit"),
        ("Llama-3-70B", "80GiB,80GiB,80GiB", 1.0, 32768, "fits"),
        ("Llama-3-70B", "80GiB,80GiB,80GiB", 0.9, 32768, "fits"),
        ("Llama-3-70B", "80GiB,80GiB", 0.9, 32768, "does_not_fit"),
        ("Llama-2-70B", "40GiB,40GiB,40GiB,40GiB", 1.0, 4064, "fits"),
        ("Llama-3-70B", "40GiB,40GiB,40GiB,40GiB", 1.0, 4096, "fits"),
        ("Llama-2-13B", "8GiB,24GiB,24GiB", 0.9, 4064, "fits"),
        ("Llama-2-13B", "1GiB,24GiB,24GiB", 0.9, 4064, "fits"),
        ("Llama-2-13B", "16GiB,16GiB", 1.0, 4064, "fits"),
        ("Llama-2-13B", "16GiB,16GiB", 0.9, 2048, "fits"),
        ("Llama-2-13B", "16GiB,16GiB", 0.9, 4064, "does_not_fit"),
        ("Llama-2-13B", "12GiB,24GiB", 0.9, 2048, "fits"),
        ("Llama-2-13B", "12GiB,24GiB", 1.0, 4064, "fits"),
    ],
)
def test_verdicts_of_published_models(
    plan_of: PlanOf, name: str, gpus: str, limit: float, context: int, verdict: str
) -> None:
    plan = plan_of(name, gpus, limit, context)
    assert plan.verdict == verdict
    assert sum(gpu.memory.weights for gpu in plan.gpus) == plan.demand.weights
    assert all(gpu.reserved_peak <= gpu.allowed for gpu in plan.gpus if gpu.used) == (verdict == "fits")


def test_a_model_that_one_gpu_holds_is_not_split(plan_of: PlanOf) -> None:
    plan = plan_of("Llama-2-13B", "8GiB,24GiB,48GiB", 0.9, 4064)
    assert plan.verdict == "fits" and set(plan.as_json()["placement"].values()) == {2}


def test_no_gpu_stays_empty_while_layers_go_to_the_cpu(plan_of: PlanOf) -> None:
    plan = plan_of("Llama-3-70B", "12GiB,24GiB,24GiB,24GiB", 0.9, 4096)
    assert plan.offload is not None
    placed = memory_by_device(plan.demand, plan.offload)
    weights = {gpu: placed[gpu].weights / plan.demand.weights for gpu in placed}
    assert weights["cpu"] < 0.55 and min(weights.values()) > 0.04


def test_eight_gpus_take_a_few_looks(plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of("Llama-3-70B", ",".join(["24GiB"] * 8), 1.0, 4096)
    looks: list[object] = []

    def counted(*words: Any, **named: Any) -> DeviceMemory:
        looks.append(words)
        return gpu_memory(*words, **named)

    monkeypatch.setattr("lbs.plan.assign.gpu_memory", counted)
    assert assess(plan.input, plan.demand) == plan
    assert 8 <= len(looks) < 200, "there are 10^10 splits of 80 layers over 8 GPUs"
