"""GPUs that need not be installed, by name, by size, or by both."""

from __future__ import annotations

import re
from dataclasses import replace

from lbs.memory.context import assumed_context, workspace_of
from lbs.memory.limit import GIB, SMALL_CONTEXT, Card
from lbs.memory.size import SizeError, parse_size, split_size
from lbs.sentences import say

from .cards import cards_of_size, named_card
from .gpus import Gpu

_UNKNOWN_CAPABILITY = (8, 0)
"""A GPU of which only the size is given is taken for one that computes bfloat16, as those sold since 2020 do."""
_COUNTED = re.compile(r"\s*([1-9][0-9]{0,3})\s*[x×*]\s*(?=\S)(.*)", re.IGNORECASE | re.DOTALL)
_MOST_GPUS = 64


def parse_gpus(text: str) -> list[Gpu]:
    """GPUs such as `24GiB,24GiB`, `RTX 4090`, `A100 80GB` or `2x T4, L40S`. Raises SizeError or CardNameError."""
    parts = [_counted(part) for part in text.split(",")]
    count = sum(times for times, _ in parts)
    if count > _MOST_GPUS:
        raise SizeError(say("plan.too_many_gpus", count=count, most=_MOST_GPUS))
    described = [gpu for times, name in parts for gpu in [_described(name)] * times]
    return [
        replace(gpu, card=replace(gpu.card, index=index, uuid=f"described-{index}"))
        for index, gpu in enumerate(described)
    ]


def _counted(part: str) -> tuple[int, str]:
    found = _COUNTED.fullmatch(part)
    return (int(found[1]), found[2].strip()) if found else (1, part.strip())


def _described(text: str) -> Gpu:
    return _of_size(text) if split_size(text) else _named(text)


def _of_size(text: str) -> Gpu:
    total = parse_size(text)
    small = total < GIB
    # 80 GiB may be an A100 or an H100, whose context is larger.
    contexts = [assumed_context(_UNKNOWN_CAPABILITY), *(known.context for known in cards_of_size(total))]
    context = SMALL_CONTEXT if small else max(contexts)
    card = Card(0, "", f"GPU {text}", total, total, context, _UNKNOWN_CAPABILITY, context_source="assumed")
    return Gpu(card, 0, 0 if small else workspace_of(None))


def _named(text: str) -> Gpu:
    known, name, variants = named_card(text)
    note = say("plan.least_variant", text=text, name=name, names=", ".join(variants)) if variants else None
    card = Card(
        0,
        "",
        name,
        known.total,
        known.usable,
        known.context,
        known.capability,
        unified=known.unified,
        driver=known.total - known.usable,
    )
    return Gpu(card, 0, workspace_of(known.capability), note)
