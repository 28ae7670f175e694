"""Emulated GPUs as the server and the worker know them. No torch."""

from __future__ import annotations

from lbs.memory.context import assumed_context
from lbs.memory.limit import GIB, SMALL_CONTEXT, Card
from smi_emulator.cards import Card as Shown
from smi_emulator.cards import emulated_capability


def emulated_card(index: int, total: int) -> Card:
    """`total`: bytes. The context of a small GPU is smaller, so that a model has room."""
    shown = Shown(index, total)
    context = SMALL_CONTEXT if total < GIB else assumed_context(None)
    return Card(index, shown.uuid, shown.name, total, total, context, emulated_capability())
