"""The KV cache of a run: which items of an earlier run it takes over, and what its result says."""

from __future__ import annotations

from dataclasses import replace

from lbs.benchmarks.generation import QUANTIZED_BACKEND
from lbs.benchmarks.hooks import Hooks, Item
from lbs.benchmarks.notes import add_note
from lbs.plan import Plan
from lbs.protocol.messages import JsonObject, StartRun
from lbs.sentences import say

_NAME = "kv_cache"
"""In an item: only where the cache changes answers."""


def marked(message: StartRun, hooks: Hooks) -> Hooks:
    """Stores with each item whether a quantized cache answered it, and takes over only items of the same kind."""
    quantized = message.parameters.get(_NAME) == "quantized"

    def store(key: str, item: Item) -> None:
        hooks.on_item(key, {**item, _NAME: "quantized"} if quantized else item)

    done = {
        key: {name: value for name, value in item.items() if name != _NAME}
        for key, item in hooks.done.items()
        if (item.get(_NAME) == "quantized") == quantized
    }
    return replace(hooks, on_item=store, done=done)


def note_cache(result: JsonObject, plan: Plan, *, dropped: int) -> JsonObject:
    """What the result says of its cache; its notes are added. `dropped`: items of the earlier run that another kind answered."""
    kind = plan.input.work.kv_cache
    if kind == "offloaded":
        add_note(result, say("generation.kv_offloaded") if plan.gpus else say("generation.kv_in_ram"))
    if kind == "quantized":
        add_note(result, say("generation.kv_quantized", format=QUANTIZED_BACKEND))
    if dropped:
        add_note(result, say("worker.other_cache", count=dropped))
    return {_NAME: kind, "kv_cache_format": QUANTIZED_BACKEND if kind == "quantized" else None}
