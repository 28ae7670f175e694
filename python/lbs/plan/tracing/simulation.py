"""What a run does to a model, step by step, on fake tensors (or real ones, to check the fake ones)."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers import DynamicCache, QuantizedCache

from lbs.benchmarks.generation import QUANTIZED_BACKEND, check_chunks, check_kv_cache
from lbs.benchmarks.parameters import InvalidParameters

from ..workload import Workload
from .allocations import Allocations
from .build import CannotRun
from .kernels import choose_experts
from .offloading import OffloadingCache

_CACHES = ("past_key_values", "cache_params", "state")
"""Names for what a model keeps from one forward pass to the next."""


class Simulation:
    """Does what transformers' greedy `generate`, a scorer and a chooser do; `allocations` counts."""

    def __init__(self, model: Any, allocations: Allocations, work: Workload, decode_experts: str | None = None) -> None:
        self._model = model
        self._allocations = allocations
        self._work = work
        self._decode_experts = decode_experts
        self._arguments = _arguments(model, work)
        self._cached = work.kind == "generate"  # the benchmark asks for a cache, whatever the config says
        if self._cached:
            _check(model, work)
        takes_cache = self._cached and "past_key_values" in self._arguments
        self._cache = _first_cache(model, work, allocations) if takes_cache else {}

    def run(self) -> None:
        """The prompt is made, then come the forward passes: prefill (one per chunk), and the first two of decoding."""
        work = self._work
        with torch.no_grad(), self._allocations:
            ids = torch.zeros(work.batch, work.context, dtype=torch.long)
            mask = torch.ones(work.batch, work.context, dtype=torch.long)
            self._allocations.end_forward()
            if work.kind == "score":
                self._score(ids, mask)
            elif work.kind == "choose":
                self._choose(ids, mask)
            else:
                self._generate(ids, mask)

    def host_bytes(self, classes: list[int]) -> tuple[int, int]:
        """Of the KV cache in system RAM, and of the largest layer's part. `classes`: for each layer the first one that equals
        it."""
        cache = self._cache.get("past_key_values")
        return (cache.host_bytes(classes), cache.fetched) if isinstance(cache, OffloadingCache) else (0, 0)

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor | None, mask: torch.Tensor, **more: Any) -> Any:
        given = {"input_ids": ids, "position_ids": positions, "use_cache": self._cached, "logits_to_keep": 1, **more}
        if self._work.padded:
            given["attention_mask"] = mask
        given = {name: value for name, value in given.items() if name in self._arguments and value is not None}
        cache = self._cache.get("past_key_values")
        fetched = self._allocations.allocate(cache.fetched) if isinstance(cache, OffloadingCache) else None
        out = self._model(**given, **self._cache, return_dict=True)
        if fetched is not None:
            self._allocations.free(fetched)
        for name in _CACHES if self._cached else ():
            if getattr(out, name, None) is not None:
                self._cache = {name: out[name]}
        return out

    def _positions(self, mask: torch.Tensor) -> torch.Tensor:
        return (mask.long().cumsum(-1) - 1).masked_fill(mask == 0, 0)

    def _generate(self, ids: torch.Tensor, mask: torch.Tensor) -> None:
        positions = self._positions(mask)
        step = self._work.step
        out = None
        for start in range(0, self._work.context, step):
            end = min(start + step, self._work.context)
            out = self._forward(ids[:, start:end].clone(), positions[:, start:end], mask[:, :end])
            if end == self._work.context:
                ids, mask, positions = self._sample(out, ids, mask, positions)
                out = None
            self._allocations.end_forward()
        if self._decode_experts:
            choose_experts(self._model, self._decode_experts)
        for _ in range(min(2, self._work.new_tokens - 1)):
            out = self._forward(ids[:, -1:].clone(), positions[:, -1:].clone(), mask)
            ids, mask, positions = self._sample(out, ids, mask, positions)
            out = None
            self._allocations.end_forward()

    def _sample(self, out: Any, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> Any:
        """One greedy token, as in generate: an fp32 copy of the last logits, and everything one longer."""
        mask = torch.cat([mask, mask.new_ones(mask.shape[0], 1)], dim=-1)
        positions = torch.cat([positions, positions[:, -1:] + 1], dim=-1)
        scores = out.logits[:, -1].to(copy=True, dtype=torch.float32)
        token = scores.argmax(-1)
        return torch.cat([ids, token[:, None]], dim=-1), mask, positions

    def _score(self, ids: torch.Tensor, mask: torch.Tensor) -> None:
        """Log-likelihood of the whole sequence: all logits, in fp32, and their log-softmax."""
        out = self._forward(ids, None, mask, use_cache=False, logits_to_keep=0)
        logits = out.logits.float()
        del out
        torch.log_softmax(logits, -1)
        self._allocations.end_forward()

    def _choose(self, ids: torch.Tensor, mask: torch.Tensor) -> None:
        """The next token's log-softmax of each sequence, and four of its values, as for a choice between letters."""
        out = self._forward(ids, self._positions(mask), mask, use_cache=False, logits_to_keep=1)
        torch.log_softmax(out.logits[:, -1:], -1)[:, :, :4].sum(-1).float()
        del out
        self._allocations.end_forward()


def _check(model: Any, work: Workload) -> None:
    """As a run does. Raises CannotRun."""
    try:
        check_chunks(model, work.chunk or work.context, work.context)
        check_kv_cache(model, work.kv_cache)
    except InvalidParameters as error:
        raise CannotRun(error.sentence) from None


def _arguments(model: Any, work: Workload) -> set[str]:
    """What the run passes to the model's forward. `generate` passes what the signature names, and use_cache always; a
    chooser passes all of its own. What a forward does not name, its **kwargs may pass on."""
    named = inspect.signature(model.forward).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in named.values()):
        return set(named)
    return {*named, "use_cache", *(["position_ids", "logits_to_keep"] if work.kind == "choose" else [])}


def _first_cache(model: Any, work: Workload, allocations: Allocations) -> dict[str, Any]:
    """As in `generate`: some models make a cache of their own kind."""
    if not model._supports_default_dynamic_cache():
        return {}
    config = model.config.get_text_config(decoder=True)
    match work.kv_cache:
        case "gpu":
            return {"past_key_values": DynamicCache(config=config)}
        case "offloaded":
            return {"past_key_values": OffloadingCache(config, allocations)}
        case "quantized":
            return {"past_key_values": QuantizedCache(QUANTIZED_BACKEND, config)}
