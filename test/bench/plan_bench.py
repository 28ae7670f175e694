"""What a plan costs, and our loading of a model beside a bare from_pretrained. Run by `npm run bench`.

Each line: the figure, its limit where it has one, and whether it holds it. Compare only figures of the same run.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

DENSE = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 128256,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131072,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "8B": {
        **DENSE,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
    },
    "70B": {
        **DENSE,
        "hidden_size": 8192,
        "intermediate_size": 28672,
        "num_hidden_layers": 80,
        "num_attention_heads": 64,
    },
    # transformers' defaults for this type are the numbers of DeepSeek-V3.
    "671B": {
        "model_type": "deepseek_v3",
        "architectures": ["DeepseekV3ForCausalLM"],
        "max_position_embeddings": 163840,
    },
}
for _type in ("mixtral", "gemma3_text", "mamba2", "falcon_h1"):
    CONFIGS[_type] = {"model_type": _type}
# A file of this model names its window, where curves break; a default that is not in the file is traced.
CONFIGS["gemma3_text"] |= {"sliding_window": 1024, "max_position_embeddings": 131072}
LOOPING: dict[str, dict[str, Any]] = {
    _type: {"model_type": _type} for _type in ("qwen3_next", "mamba", "rwkv", "jamba")
}
"""transformers' defaults; these read their prompt token by token, or in pieces."""
COLD = ("70B", "mamba")
FIRST, LOOPS = 1, 5
"""Seconds that the first answer of a warm tracer may take."""
ROUNDS = 7
STEP = 50
"""Milliseconds that a slider may take to show the next figures."""


def seconds(work: Callable[[], Any]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def show(name: str, figure: float, unit: str, limit: float | None = None) -> None:
    mark = "" if limit is None else f"   limit {limit:g} {unit}: {'ok' if figure <= limit else 'OVER'}"
    print(f"  {name:58} {figure:9.3f} {unit}{mark}", flush=True)


def plans(folder: Path) -> None:
    print("A plan: one generate of 8192 tokens on eight GPUs of 80 GiB, no ways out")
    for name, config in {**CONFIGS, **LOOPING}.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(config))
    for name in COLD:
        cold(folder, name)
    warm(folder)


def request_of(folder: Path, name: str) -> Any:
    from lbs.memory.limit_value import Limit
    from lbs.plan import PlanInput, Workload, parse_gpus, read_model

    model = read_model(str(folder / name), "bfloat16")
    return PlanInput(model, Workload(8192), tuple(parse_gpus("80GiB," * 7 + "80GiB")), Limit.parse(0.8))


def cold(folder: Path, name: str) -> None:
    from lbs.plan import Tracers, make_plan

    request, tracers = request_of(folder, name), Tracers()
    try:
        answer = seconds(lambda: make_plan(request, tracers))
        show(f"{name}: the first answer of a new tracer, with its imports", answer, "s", 5 if name == "70B" else None)
    finally:
        tracers.close()


def warm(folder: Path) -> None:
    """One warm tracer answers for one model after another."""
    from lbs.plan import Tracers

    tracers = Tracers()
    try:
        tracers.keep_warm()
        while not tracers.is_warm:
            time.sleep(0.1)
        show("RAM of a warm tracer", psutil.Process(tracers.pids[0]).memory_info().rss / (1 << 20), "MiB")
        for name in [*CONFIGS, *LOOPING]:
            plan_model(folder, name, tracers)
    finally:
        tracers.close()


def plan_model(folder: Path, name: str, tracers: Any) -> None:
    from lbs.memory.limit_value import Limit
    from lbs.plan import Curves, PlanInput, cached_on_disk, make_plan

    request = request_of(folder, name)
    source = Curves(cached_on_disk(tracers, folder / "kept"))
    process = psutil.Process(tracers.pids[0])

    def cpu() -> float:
        return process.cpu_times().user + process.cpu_times().system

    def step(changed: PlanInput) -> float:
        return 1000 * seconds(lambda: make_plan(changed, source))

    try:
        before = cpu()
        answer = seconds(lambda: make_plan(request, source))
        show(f"{name}: the first answer of a warm tracer", answer, "s", LOOPS if name in LOOPING else FIRST)
        show(f"{name}: CPU time of that in the tracer", cpu() - before, "s")
        show(f"{name}: the curves, drawn after it", seconds(source.settle), "s")
        for slider, times in {
            "limit": [step(replace(request, limit=Limit.parse(n / 100))) for n in range(30, 50)],
            "context, new values": [step(request.with_work(context=1000 * n + 1)) for n in range(1, 21)],
            "batch, new values": [step(request.with_work(batch=n)) for n in range(2, 22)],
        }.items():
            show(f"{name}: a step of the {slider}, median of {len(times)}", statistics.median(times), "ms", STEP)
            show(f"{name}: a step of the {slider}, slowest", max(times), "ms")
    finally:
        source.close()


def loads(folder: Path) -> None:
    import torch
    import transformers

    from lbs.memory.limit import compute_limits
    from lbs.memory.limit_value import NO_LIMIT
    from lbs.models import toy
    from lbs.plan import Workload
    from lbs.settings import Settings
    from lbs.worker.devices.none import NoDevice
    from lbs.worker.loading.checkpoint import read_checkpoint
    from lbs.worker.loading.load import load, read_tokenizer
    from lbs.worker.loading.placement import Planner, place

    transformers.utils.logging.disable_progress_bar()
    path = folder / "model"
    toy.build(folder / "toy")
    shutil.copytree(folder / "toy", path, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    sizes = {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 12, "num_attention_heads": 16}
    config = transformers.LlamaConfig(vocab_size=8192, max_position_embeddings=2048, **sizes)
    transformers.LlamaForCausalLM(config).to(torch.float32).save_pretrained(path)

    settings = Settings.load()
    device = NoDevice()
    limits = compute_limits(NO_LIMIT, device.cards(), 1 << 34)
    checkpoint = read_checkpoint(path, settings, [])
    planner = Planner(checkpoint, limits, settings, device)
    placed = place(planner.plan(Workload(1024)), "auto")

    def bare() -> Any:
        transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
        options = {"dtype": checkpoint.dtype, "device_map": {"": "cpu"}, "local_files_only": True}
        return transformers.AutoModelForCausalLM.from_pretrained(path, use_safetensors=True, **options).eval()

    def ours() -> Any:
        return load(
            checkpoint, read_tokenizer(checkpoint, settings), placed, limits, device, settings, lambda _share: None
        )

    bare()
    ours()
    pairs = [(seconds(ours), seconds(bare)) for _ in range(ROUNDS)]
    size = (path / "model.safetensors").stat().st_size / (1 << 20)
    print(f"Loading a model of {size:.0f} MiB on the CPU, best of {ROUNDS}, one after the other")
    best, peer = (min(times) for times in zip(*pairs, strict=True))
    show("ours", 1000 * best, "ms")
    show("a bare from_pretrained", 1000 * peer, "ms")
    show("ratio", best / peer, "x", 1.05)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ["HEADROOM_HOME"] = name
        plans(Path(name))
        loads(Path(name))


if __name__ == "__main__":
    main()
