"""What a run really does to a model, step by step, on fake tensors (or real ones, to check the fake)."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from lbs.benchmarks.needle.generate import reads_in_pieces

from ..workload import Workload
from .build import CannotTrace
from .live import Live

_CACHES = ("past_key_values", "cache_params", "state")
"""What a model calls what it keeps from one forward to the next."""


class Player:
    """Follows transformers' greedy `generate` and a scorer of all logits; `live` counts meanwhile."""

    def __init__(self, model: Any, live: Live, work: Workload, decode_experts: str | None = None) -> None:
        self._model = model
        self._live = live
        self._work = work
        self._decode_experts = decode_experts
        self._takes = _taken(model, work)
        self._cached = work.kind == "generate"  # whatever the config says: the benchmark asks for it
        if work.chunk and self._cached and not reads_in_pieces(model):
            raise CannotTrace("it keeps no cache of keys, and reads a prompt at once")
        self._cache = _first_cache(model) if self._cached and "past_key_values" in self._takes else {}

    def play(self) -> None:
        """A phase per forward, after one in which the prompt is made: prefill (one per chunk), decode (the first two)."""
        work = self._work
        with torch.no_grad(), self._live:
            ids = torch.zeros(work.batch, work.context, dtype=torch.long)
            mask = torch.ones(work.batch, work.context, dtype=torch.long)
            self._live.phase()
            if work.kind == "score":
                self._score(ids, mask)
            elif work.kind == "choose":
                self._choose(ids, mask)
            else:
                self._generate(ids, mask)

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor | None, mask: torch.Tensor, **more: Any) -> Any:
        given = {"input_ids": ids, "position_ids": positions, "use_cache": self._cached, "logits_to_keep": 1, **more}
        if self._work.padded:
            given["attention_mask"] = mask
        given = {name: value for name, value in given.items() if name in self._takes and value is not None}
        out = self._model(**given, **self._cache, return_dict=True)
        for name in _CACHES if self._cached else ():
            if getattr(out, name, None) is not None:
                self._cache = {name: out[name]}
        return out

    def _positions(self, mask: torch.Tensor) -> torch.Tensor:
        return (mask.long().cumsum(-1) - 1).masked_fill(mask == 0, 0)

    def _generate(self, ids: torch.Tensor, mask: torch.Tensor) -> None:
        positions = self._positions(mask)
        step = self._work.chunk or self._work.context
        out = None
        for start in range(0, self._work.context, step):
            end = min(start + step, self._work.context)
            out = self._forward(ids[:, start:end].clone(), positions[:, start:end], mask[:, :end])
            if end == self._work.context:
                ids, mask, positions = self._sample(out, ids, mask, positions)
                out = None
            self._live.phase()
        if self._decode_experts:
            from .kernels import experts_for

            experts_for(self._model, self._decode_experts)
        for _ in range(min(2, self._work.new_tokens - 1)):
            out = self._forward(ids[:, -1:].clone(), positions[:, -1:].clone(), mask)
            ids, mask, positions = self._sample(out, ids, mask, positions)
            out = None
            self._live.phase()

    def _sample(self, out: Any, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> Any:
        """One greedy token, as generate takes it: an fp32 copy of the last logits, and everything one longer."""
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
        self._live.phase()

    def _choose(self, ids: torch.Tensor, mask: torch.Tensor) -> None:
        """The next token's logits of each sequence, some of them in fp32, as a choice between letters wants them."""
        out = self._forward(ids, self._positions(mask), mask, use_cache=False, logits_to_keep=1)
        out.logits[:, -1, :4].float().argmax(-1)
        del out
        self._live.phase()


def _taken(model: Any, work: Workload) -> set[str]:
    """What the run gives the model's forward. `generate` asks which of it the forward names, but of use_cache, which it
    always gives; a chooser asks nothing. What a forward does not name, it may hand on to what does."""
    named = inspect.signature(model.forward).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in named.values()):
        return set(named)
    return {*named, "use_cache", *(["position_ids", "logits_to_keep"] if work.kind == "choose" else [])}


def _first_cache(model: Any) -> dict[str, Any]:
    """As `generate` begins: some models make a cache of their own kind."""
    from transformers import DynamicCache

    if not model._supports_default_dynamic_cache():
        return {}
    return {"past_key_values": DynamicCache(config=model.config.get_text_config(decoder=True))}
