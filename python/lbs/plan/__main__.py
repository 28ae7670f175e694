"""`python -m lbs.plan MODEL --context 8192 --batch 4 --dtype bfloat16 --gpu 24GiB --limit 0.8 [--json]`."""

from __future__ import annotations

import argparse
import json
import sys

from lbs.memory.host import host_available
from lbs.memory.limit import HOST_SHARE, MIB
from lbs.settings import Settings, SettingsError

from .cards import CardError, Gpu, described, parse_size, present
from .demand import Source
from .plan import Ask, Plan, make_plan
from .reading import DTYPES, ModelError, check_length, max_tokens, read_model
from .source import Child, kept_on_disk
from .ways import in_words, largest_batch, largest_context, with_ways_out
from .workload import KINDS, Workload


def main(words: list[str] | None = None) -> int:
    """0: it fits, or may just; 1: it does not, or nobody can tell; 2: the question cannot be used."""
    try:
        settings = Settings.load()
        asked = _parser(settings).parse_args(words)
        ask = _ask(asked, settings)
    except (SettingsError, ModelError, CardError, ValueError) as error:
        print(f"lbs.plan: {error}", file=sys.stderr)
        return 2
    child = Child()
    try:
        source = kept_on_disk(child)
        if asked.fit:
            return _fit(ask, asked.json, source)
        plan = with_ways_out(make_plan(ask, source), source)
    finally:
        child.close()
    print(json.dumps(plan.as_json(), indent=2) if asked.json else in_text(plan))
    return 0 if plan.verdict in ("fits", "tight") else 1


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m lbs.plan", description="Predicts the peak of GPU memory of a run.")
    parser.add_argument("model", help="a model folder, or a config.json alone")
    parser.add_argument("--context", type=int, default=4096, help="tokens of prompt (default 4096)")
    parser.add_argument("--batch", type=int, default=1, help="sequences at a time (default 1)")
    parser.add_argument("--new-tokens", type=int, default=32, help="tokens to generate (default 32)")
    parser.add_argument("--kind", choices=KINDS, default="generate", help="generate, or score all logits")
    parser.add_argument("--chunk", type=int, help="prefill in pieces of so many tokens")
    parser.add_argument("--padded", action="store_true", help="the sequences' lengths differ")
    parser.add_argument("--dtype", choices=DTYPES, default=settings.torch_dtype, help="default LBS_TORCH_DTYPE")
    parser.add_argument("--gpu", help="a card that need not be here, such as 24GiB, or several: 24GiB,24GiB")
    parser.add_argument("--others", default=None, help="memory that others hold on each GPU, such as 2GiB")
    parser.add_argument("--limit", type=float, default=settings.gpu_memory_limit, help="default LBS_GPU_MEMORY_LIMIT")
    parser.add_argument(
        "--fit", action="store_true", help="the largest context at this batch, and batch at this context"
    )
    parser.add_argument("--json", action="store_true", help="all figures, in bytes")
    return parser


def _ask(asked: argparse.Namespace, settings: Settings) -> Ask:
    if not 0 <= asked.limit <= 1:
        raise ValueError(f"The limit is 0 (none) or a fraction up to 1, such as 0.8, not {asked.limit:g}.")
    model = read_model(asked.model, asked.dtype)
    check_length(model.config, asked.context)
    work = Workload(asked.context, asked.batch, asked.new_tokens, asked.kind, asked.chunk, asked.padded)
    gpus = described(asked.gpu) if asked.gpu else present(settings.emulated_gpus)
    if not gpus:
        raise ValueError("There is no GPU here: describe one with --gpu, such as --gpu 24GiB.")
    if asked.others:
        gpus = [Gpu(gpu.card, parse_size(asked.others), gpu.workspace) for gpu in gpus]
    room = int(host_available() * HOST_SHARE)
    return Ask(
        model,
        work,
        tuple(gpus),
        asked.limit,
        room,
        settings.enable_memory_management,
        cuda=not settings.emulated_gpus or bool(asked.gpu),
        trust_remote_code=settings.trust_remote_code,
    )


def _fit(ask: Ask, as_json: bool, source: Source) -> int:
    longest = largest_context(ask, source, max_tokens(ask.model.config) - ask.work.new_tokens)
    widest = largest_batch(ask, source, 4096)
    found = {"context": longest, "batch": widest}
    if as_json:
        print(json.dumps({name: plan and plan.as_json() for name, plan in found.items()}, indent=2))
    else:
        for name, plan in found.items():
            value = "none fits" if plan is None else f"{getattr(plan.ask.work, name)}"
            print(f"Largest {name}: {value}{'' if plan is None else ' -> ' + _figures(plan)}")
    return 0 if longest or widest else 1


def in_text(plan: Plan) -> str:
    """For a terminal: one line a GPU, then the verdict and the ways out."""
    work = plan.ask.work
    lines = [
        f"{plan.ask.model.path}: {plan.ask.model.dtype}, batch {work.batch}, context {work.context}, {work.kind} "
        f"(predicted, {plan.demand.method.replace('_', ' ')})"
    ]
    lines += [f"  {plan.demand.reason}"] if plan.demand.reason else []
    for gpu in plan.gpus:
        lines.append(
            f"  GPU {gpu.gpu.card.index}: weights {_mib(gpu.held.weights)}, KV cache {_mib(gpu.held.kv_cache)}, peak "
            f"{_mib(gpu.live_peak)} to {_mib(gpu.reserved_peak)}, of {_mib(gpu.allowed)} allowed "
            f"(budget {_mib(gpu.gpu.budget(gpu.limit))}, CUDA context {_mib(gpu.gpu.card.overhead)})"
        )
    words = {"fits": "fits", "tight": "may just fit", "does_not_fit": "does not fit", "cannot_tell": "nobody can tell"}
    lines.append(f"Verdict: {words[plan.verdict]}")
    lines += [f"  {plan.short_of_ram}."] if plan.short_of_ram else []
    lines += [f"  {way['change']}: {in_words([way])} -> {_mib(way['reserved_peak'])}" for way in plan.ways_out]
    return "\n".join(lines)


def _figures(plan: Plan) -> str:
    return f"{_mib(plan.live_peak)} to {_mib(plan.reserved_peak)} of {_mib(plan.allowed)}"


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB"


if __name__ == "__main__":
    sys.exit(main())
