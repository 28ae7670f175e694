"""`python -m lbs.plan MODEL --context 8192 --batch 4 --dtype bfloat16 --gpu 24GiB --limit 0.8 [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from closed_pipe import run
from lbs.benchmarks.notes import effect_of_chunks
from lbs.benchmarks.parameters import KV_CACHES
from lbs.memory.allocator import is_expandable
from lbs.memory.host import host_available
from lbs.memory.limit import HOST_SHARE, MIB
from lbs.memory.limit_value import Limit, LimitError
from lbs.memory.size import parse_size
from lbs.models.dtype import DTYPES
from lbs.sentences import say, short
from lbs.settings import Settings, SettingsError

from .deadline import Deadline, TooLate, until
from .described import parse_gpus
from .gpu_plan import GpuPlan
from .installed import installed_gpus
from .kv_caches import price_of
from .ledger import Ledger, LedgerKey
from .make_plan import make_plan
from .model import ModelError, check_context, max_tokens, read_model
from .plan import Plan
from .plan_input import PlanInput
from .search import largest_batch, largest_context
from .trace_cache import cached_on_disk
from .trace_types import TraceSource
from .tracers import Tracers
from .ways_out import describe_ways_out, plan_in_time
from .workload import KINDS, Workload, WorkloadError

_SECONDS = 60.0
"""For the whole plan, a search included."""
_VERDICTS = {
    "fits": "fits",
    "tight": "may just fit",
    "does_not_fit": "does not fit",
    "cannot_tell": "cannot be predicted",
}


def main(words: list[str] | None = None) -> int:
    """0: it fits, or may just, and runs here; 1: it does not, or that cannot be predicted; 2: invalid arguments."""
    try:
        settings = Settings.load()
        arguments = _parser(settings).parse_args(_joined(sys.argv[1:] if words is None else words))
        request = _plan_input(arguments, settings)
    except (SettingsError, ModelError, ValueError) as error:
        print(f"lbs.plan: {error}", file=sys.stderr)
        return 2
    tracers = Tracers()
    try:
        source = cached_on_disk(tracers)
        with until(Deadline(_SECONDS)):
            if arguments.fit:
                return _print_largest(request, arguments.json, source)
            plan = plan_in_time(request, source)
    except WorkloadError as error:
        print(f"lbs.plan: {error}", file=sys.stderr)
        return 2
    except TooLate as late:
        print(f"lbs.plan: {say('plan.fit_stopped', seconds=f'{late.seconds:g}')}", file=sys.stderr)
        return 1
    finally:
        tracers.close()
    print(json.dumps(plan.as_json(), indent=2) if arguments.json else as_text(plan))
    return 0 if plan.verdict in ("fits", "tight") and plan.input.model.refusal is None else 1


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m lbs.plan", description="Predicts the peak of GPU memory of a run.")
    parser.add_argument("model", help="a model folder, an adapter's folder, or a config.json")
    parser.add_argument("--context", type=int, help="prompt tokens (default 4096, or what the model accepts)")
    parser.add_argument("--batch", type=int, default=1, help="sequences at a time (default 1)")
    parser.add_argument("--new-tokens", type=int, default=32, help="tokens to generate (default 32)")
    parser.add_argument("--kind", choices=KINDS, default="generate", help="what is run (default generate)")
    parser.add_argument(
        "--chunk",
        type=int,
        help="tokens per prefill chunk (default: the whole prompt, else the largest that fits)",
    )
    parser.add_argument("--kv-cache", choices=KV_CACHES, default="gpu", help="where its KV cache is (default gpu)")
    parser.add_argument("--padded", action="store_true", help="the sequences differ in length")
    parser.add_argument(
        "--dtype",
        choices=DTYPES,
        default=settings.torch_dtype,
        help="default LBS_TORCH_DTYPE; where that is unset, bfloat16 for a checkpoint in it if the GPUs compute it, else float16",
    )
    parser.add_argument(
        "--gpu", help="GPUs that need not be installed, such as 'RTX 4090', '2x A100 80GB' or 24GiB,24GiB"
    )
    parser.add_argument("--others", help="memory that other processes hold on each GPU, such as 2GiB")
    parser.add_argument(
        "--limit", help="such as 0.8, 80%%, 22GiB or -2GiB (all but 2 GiB); default LBS_GPU_MEMORY_LIMIT"
    )
    parser.add_argument("--fit", action="store_true", help="print the largest context and the largest batch that fit")
    parser.add_argument("--json", action="store_true", help="print all figures, in bytes")
    return parser


def _joined(words: Sequence[str]) -> list[str]:
    """argparse takes `-2GiB` for an option unless it is joined to its own."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--limit" and word[:2].strip("-").isdigit():
            joined[-1] = f"--limit={word}"
        else:
            joined.append(word)
    return joined


def _limit(text: str) -> Limit:
    try:
        return Limit.parse(text)
    except LimitError as error:
        raise ValueError(f"--limit {error}, not {short(repr(text))}.") from None


def _plan_input(arguments: argparse.Namespace, settings: Settings) -> PlanInput:
    limit = settings.gpu_memory_limit if arguments.limit is None else _limit(arguments.limit)
    gpus = parse_gpus(arguments.gpu) if arguments.gpu else installed_gpus(settings.emulated_gpus)
    model = read_model(arguments.model, arguments.dtype, gpus)
    new_tokens = arguments.new_tokens if arguments.kind == "generate" else 0
    context = min(4096, max(1, max_tokens(model) - new_tokens)) if arguments.context is None else arguments.context
    check_context(model, context, new_tokens)
    if not gpus:
        raise ValueError("This machine has no GPU: describe one with --gpu, such as --gpu 24GiB or --gpu T4.")
    if arguments.others:
        gpus = [replace(gpu, others=parse_size(arguments.others)) for gpu in gpus]
    expandable = is_expandable(settings.enable_memory_management)
    return PlanInput(
        model=model,
        work=Workload(
            context=context,
            batch=arguments.batch,
            new_tokens=arguments.new_tokens,
            kind=arguments.kind,
            chunk=arguments.chunk,
            padded=arguments.padded,
            kv_cache=arguments.kv_cache,
        ),
        gpus=tuple(gpus),
        limit=limit,
        host_room=0 if any(gpu.card.unified for gpu in gpus) else int(host_available() * HOST_SHARE),
        expandable=expandable,
        cuda=not settings.emulated_gpus or bool(arguments.gpu),
        trust_remote_code=settings.trust_remote_code,
        corrections=Ledger().corrections(LedgerKey.of(model, gpus, expandable)),
    )


def _print_largest(request: PlanInput, as_json: bool, source: TraceSource) -> int:
    make_plan(request, source).check_runs()
    longest = largest_context(request, source, max_tokens(request.model) - request.work.new_tokens)
    widest = largest_batch(request, source, 4096)
    if as_json:
        plans = {"context": longest, "batch": widest}
        print(json.dumps({name: plan and plan.as_json() for name, plan in plans.items()}, indent=2))
    else:
        print(f"Largest context: {longest.input.work.context if longest else 'none fits'}{_figures(longest)}")
        print(f"Largest batch: {widest.input.work.batch if widest else 'none fits'}{_figures(widest)}")
    return 0 if longest or widest else 1


def as_text(plan: Plan) -> str:
    """For a terminal: one line per GPU, then the verdict and the ways out."""
    work = plan.input.work
    lines = [
        f"{plan.input.model.path}: {plan.input.model.dtype}, batch {work.batch}, context {work.context}, {work.kind} "
        f"(predicted, {plan.demand.method.replace('_', ' ')})"
    ]
    lines += [f"  {plan.reason}"] if plan.reason else []
    lines += [_gpu_line(gpu) for gpu in plan.gpus]
    lines.append(f"Verdict: {_VERDICTS[plan.verdict]}")
    if refusal := plan.input.model.refusal:
        lines[-1] += f", but a run is refused: {refusal}"
    chunk = plan.input.chosen_chunk
    lines += [f"  {say('plan.chosen_chunk', chunk=chunk, effect=effect_of_chunks(work.kv_cache))}"] if chunk else []
    if price := price_of(plan):
        lines.append(f"  KV cache {work.kv_cache}: {price}")
    lines += [f"  {plan.short_of_ram}."] if plan.short_of_ram else []
    lines += [f"  {way['change']}: {describe_ways_out([way])} -> {_mib(way['total'])}" for way in plan.ways_out]
    lines += [f"  {plan.stopped}"] if plan.stopped else []
    return "\n".join(lines)


def _gpu_line(planned: GpuPlan) -> str:
    card, memory = planned.gpu.card, planned.memory
    return (
        f"  GPU {card.index} ({card.name}): weights {_mib(memory.weights)}, KV cache {_mib(memory.kv_cache)}, peak "
        f"{_mib(planned.total_low)} to {_mib(planned.total)} of {_mib(planned.room)} "
        f"(budget {_mib(planned.gpu.budget(planned.limit))}, CUDA context {_mib(card.overhead)})"
    )


def _figures(plan: Plan | None) -> str:
    if plan is None:
        return ""
    peak = plan.peak
    return f" -> {_mib(peak.low)} to {_mib(peak.total)} of {_mib(peak.room)}"


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB"


if __name__ == "__main__":
    sys.exit(run(main))
