"""Cards that do not exist: the model runs on the CPU, what it holds counts against them, and their cap is enforced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lbs.paths import held_folder
from smi_emulator.cards import Card as EmulatedCard
from smi_emulator.cards import parse_cards

from ..limit import MIB, Card, Limits
from .base import Device, GpuMemory, Placement, cache_bytes_by_device
from .counting import Counter, CountingMode, Ledger
from .held import HeldFile

SMALL_CONTEXT = 12 * MIB
CONTEXT = 512 * MIB


class EmulatedDevice(Device):
    kind = "emulated"
    emulated = True

    def __init__(self, totals: list[int], held_folder: Path | None = None) -> None:
        """`totals`: bytes per card. Where there is a folder, the emulated nvidia-smi is told there."""
        self._cards = [card_of(index, total) for index, total in enumerate(totals)]
        ledgers = {card.index: Ledger(card.index, card.total, card.overhead, cap=card.total) for card in self._cards}
        self._budgets: dict[int, int | None] = {}
        self._counter = Counter(ledgers)
        self.notices = tuple(f"[Runner] {card.name}: not a real card, models run on the CPU" for card in self._cards)
        self._cache: Any = None
        self._main: int | None = None

    @classmethod
    def from_setting(cls, text: str) -> EmulatedDevice:
        return cls([card.total for card in parse_cards(text)], HeldFile(held_folder()))

    def cards(self) -> list[Card]:
        return list(self._cards)

    def open(self) -> None:
        for ledger in self._counter.ledgers.values():
            ledger.opened = True

    def apply_limit(self, limits: Limits) -> None:
        for gpu in limits.gpus:
            self._counter.ledgers[gpu.card.index].cap = gpu.cap
            self._budgets[gpu.card.index] = gpu.budget

    def load_map(self, placement: Placement) -> dict[str, int | str]:
        return {"": "cpu"}

    def adopt(self, model: Any, placement: Placement) -> None:
        main = min((place for place in placement.values() if isinstance(place, int)), default=None)
        model._emulated_main = main
        for name, module in model.named_modules():
            place = place_of(name, placement)
            # A module above the map's names (the model itself) works on the main card.
            module._emulated_card = main if place is None else place if isinstance(place, int) else None
            for tensor in [*module._parameters.values(), *module._buffers.values()]:
                if tensor is not None and module._emulated_card is not None:
                    self._counter.add(tensor, module._emulated_card, weight=True)

    @contextmanager
    def running(self, model: Any) -> Iterator[None]:
        stack: list[int | None] = [model._emulated_main]
        self._main = model._emulated_main

        def enter(module: Any, _args: Any) -> None:
            stack.append(getattr(module, "_emulated_card", stack[-1]))

        def leave(_module: Any, _args: Any, _out: Any) -> None:
            stack.pop()

        def look(_module: Any, _args: Any, out: Any) -> None:
            self._cache = getattr(out, "past_key_values", None)

        hooks = [module.register_forward_pre_hook(enter) for module in model.modules()]
        hooks += [module.register_forward_hook(leave, always_call=True) for module in model.modules()]
        hooks.append(model.register_forward_hook(look))
        try:
            with CountingMode(self._counter, lambda: stack[-1]):
                yield
        finally:
            self._cache = None
            for hook in hooks:
                hook.remove()

    def memory(self) -> list[GpuMemory]:
        with self._counter.lock:
            return [self._one(card, self._counter.ledgers[card.index]) for card in self._cards]

    def _one(self, card: Card, ledger: Ledger) -> GpuMemory:
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
            "weights": ledger.weights,
            "kv_cache": self._kv_bytes() if card.index == self._main else 0,
            "peak": max(ledger.peak, ledger.reserved) + (card.overhead if ledger.opened else 0),
        }

    def _kv_bytes(self) -> int:
        return sum(cache_bytes_by_device(self._cache).values()) if self._cache is not None else 0

    def empty_cache(self) -> int:
        with self._counter.lock:
            freed = sum(ledger.empty_cache() for ledger in self._counter.ledgers.values())
        return freed

    def reset_peak(self) -> None:
        with self._counter.lock:
            for ledger in self._counter.ledgers.values():
                ledger.peak = ledger.reserved

    def close(self) -> None:
        if self._held:
            self._held.close()

    def _used(self) -> dict[int, int]:
        return {index: ledger.used for index, ledger in self._counter.ledgers.items()}


def card_of(index: int, total: int) -> Card:
    uuid = f"GPU-0000e000-0000-0000-0000-{index:012d}"
    overhead = SMALL_CONTEXT if total < GIB else CONTEXT
    return Card(index, uuid, f"Emulated GPU {plain_size(total)}", total, total, overhead)


def plain_size(total: int) -> str:
    return f"{total // GIB} GiB" if total % GIB == 0 else f"{total // MIB} MiB"


def notice_of(card: Card) -> str:
    return f"Emulated GPU {card.index} ({plain_size(card.total)}): not a real card"


def parse_totals(text: str) -> list[int]:
    """`256MiB` or `24GiB,24GiB` as bytes per card."""
    totals = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([1-9]\d{0,5})\s*(MiB|GiB)\s*", part)
        if not match:
            raise ValueError(f"LBS_EMULATED_GPUS must be sizes such as 256MiB or 24GiB,24GiB, not {text!r}.")
        totals.append(int(match[1]) * (GIB if match[2] == "GiB" else MIB))
    return totals


def place_of(name: str, placement: Placement) -> int | str | None:
    """The longest entry of the map that holds this module."""
    while name:
        if name in placement:
            return placement[name]
        name = name.rpartition(".")[0]
    return placement.get("")
