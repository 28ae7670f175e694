"""Emulated GPUs: the model runs on the CPU, its memory counts against them, and their caps are enforced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from lbs.memory.limit import Card, Limits
from lbs.plan.emulated import emulated_card
from lbs.protocol.messages import MemoryGpu
from lbs.settings.paths import held_folder
from smi_emulator.cards import Card as EmulatedCard
from smi_emulator.cards import parse_cards
from smi_emulator.scenario import Scenario, requested_scenario

from .base import Device, Placement, Weak, cache_tensors, weak
from .counting import Counter, CountingMode, Ledger
from .held import HeldFile, held_by_others
from .offloading import EmulatedOffloadingCache
from .tensors import model_tensors, plain_tensors


class EmulatedDevice(Device):
    kind = "emulated"
    emulated = True

    def __init__(self, totals: list[int], held: HeldFile | None = None, scenario: Scenario | None = None) -> None:
        """`totals`: bytes per GPU. `held` informs the emulated nvidia-smi; `scenario`: memory of other processes."""
        self._cards = [emulated_card(index, total) for index, total in enumerate(totals)]
        self._scenario = scenario
        ledgers = {
            card.index: Ledger(
                card.index, card.total, card.overhead, cap=card.total, others=partial(self._scenario_holds, card.index)
            )
            for card in self._cards
        }
        self._held = held
        self._budgets: dict[int, int | None] = {}
        self._counter = Counter(ledgers, os.getpid(), self._update_held)
        self.notices = tuple(f"[Runner] {card.name}: not a real GPU, models run on the CPU" for card in self._cards)
        self._cache: Weak = weak(None)
        self._main: int | None = None
        self._places: list[int | None] = []
        """The GPU of each module at work, outermost first; None counts on none."""
        self._weights: dict[int, dict[int, int]] = {}

    @classmethod
    def from_setting(cls, text: str) -> EmulatedDevice:
        return cls([card.total for card in parse_cards(text)], HeldFile(held_folder()), requested_scenario())

    def cards(self) -> list[Card]:
        return list(self._cards)

    def open(self) -> None:
        for ledger in self._counter.ledgers.values():
            ledger.opened = True
        self._update_held()

    def grow_context(self, index: int, more: int) -> None:
        """Adds `more` bytes outside the allocator's count, as lazily loaded kernels do."""
        with self._counter.lock:
            card = self._cards[index] = replace(self._cards[index], overhead=self._cards[index].overhead + more)
            self._counter.ledgers[index].context = card.overhead
        self._update_held()

    def apply_limit(self, limits: Limits) -> None:
        for gpu in limits.gpus:
            self._counter.ledgers[gpu.card.index].cap = gpu.cap
            self._budgets[gpu.card.index] = gpu.budget

    def load_map(self, placement: Placement) -> dict[str, int | str]:
        return {"": "cpu"}

    def adopt(self, model: Any, placement: Placement) -> dict[int, int]:
        main = min((place for place in placement.values() if isinstance(place, int)), default=None)
        held: dict[int, int] = {}
        for name, module in model.named_modules():
            place = place_of(name, placement)
            card = module._emulated_card = main if place is None else place if isinstance(place, int) else None
            for tensor in [*module._parameters.values(), *module._buffers.values()]:
                if tensor is not None and card is not None:
                    added = sum(self._counter.add(plain, card) for plain in plain_tensors(tensor))
                    held[card] = held.get(card, 0) + added
        model._emulated_main = main
        self._weights[id(model)] = held
        return held

    def forget(self, model: Any) -> None:
        self._weights.pop(id(model), None)

    def park(self, model: Any) -> None:
        self.forget(model)
        for tensor in model_tensors(model):
            self._counter.leave(tensor)

    def unpark(self, model: Any, placement: Placement) -> None:
        self.adopt(model, placement)

    def others(self) -> dict[int, int]:
        held = held_by_others(held_folder()) if self._held else {}
        sums = {card.index: held.get(card.index, 0) + self._scenario_holds(card.index) for card in self._cards}
        return {index: size for index, size in sums.items() if size}

    def _scenario_holds(self, index: int) -> int:
        card = EmulatedCard(index, self._cards[index].total)
        return self._scenario.occupied([card])[index] if self._scenario else 0

    @contextmanager
    def running(self, model: Any) -> Iterator[None]:
        stack = self._places = [model._emulated_main]
        self._main = model._emulated_main

        def enter(module: Any, _args: Any) -> None:
            stack.append(getattr(module, "_emulated_card", stack[-1]))

        def leave(_module: Any, _args: Any, _out: Any) -> None:
            stack.pop()

        def remember_cache(_module: Any, _args: Any, out: Any) -> None:
            self._cache = weak(getattr(out, "past_key_values", None))

        hooks = [module.register_forward_pre_hook(enter) for module in model.modules()]
        hooks += [module.register_forward_hook(leave, always_call=True) for module in model.modules()]
        hooks.append(model.register_forward_hook(remember_cache))
        try:
            with CountingMode(self._counter, lambda: stack[-1]):
                yield
        finally:
            self._cache = weak(None)
            for hook in hooks:
                hook.remove()

    def offloading_cache(self, model: Any) -> Any:
        return EmulatedOffloadingCache(model.config.get_text_config(decoder=True), self._on_host)

    @contextmanager
    def _on_host(self) -> Iterator[None]:
        self._places.append(None)
        try:
            yield
        finally:
            self._places.pop()

    def memory(self) -> list[MemoryGpu]:
        with self._counter.lock:
            return [self._one(card, self._counter.ledgers[card.index]) for card in self._cards]

    def _one(self, card: Card, ledger: Ledger) -> MemoryGpu:
        return {
            "index": card.index,
            "uuid": card.uuid,
            "name": card.name,
            "total": card.total,
            "budget": self._budgets.get(card.index),
            "used": ledger.used,
            "context": card.overhead if ledger.opened else 0,
            "allocated": ledger.allocated,
            "reserved": ledger.reserved,
            "weights": sum(held.get(card.index, 0) for held in list(self._weights.values())),
            "kv_cache": self._kv_bytes() if card.index == self._main else 0,
            "peak": max(ledger.peak, ledger.reserved) + (card.overhead if ledger.opened else 0),
        }

    def _kv_bytes(self) -> int:
        """Without what is offloaded."""
        parts = [tensor for tensor in cache_tensors(self._cache()) if self._counter.counts(tensor)]
        return sum(int(tensor.nbytes) for tensor in parts)

    def empty_cache(self) -> int:
        with self._counter.lock:
            freed = sum(ledger.empty_cache() for ledger in self._counter.ledgers.values())
        self._update_held()
        return freed

    def reset_peak(self) -> None:
        with self._counter.lock:
            for ledger in self._counter.ledgers.values():
                ledger.peak = ledger.reserved

    def close(self) -> None:
        if self._held:
            self._held.close()

    def _update_held(self) -> None:
        if self._held:
            self._held.update({index: ledger.used for index, ledger in self._counter.ledgers.items()})


def place_of(name: str, placement: Placement) -> int | str | None:
    """The place of a module: its own entry or its nearest ancestor's; None above all entries."""
    while True:
        if name in placement:
            return placement[name]
        if not name:
            return None
        name = name.rpartition(".")[0]
