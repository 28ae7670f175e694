"""Predicted memory: one estimator for every part that speaks of what a run will hold. Never measured, and without torch
(the tracer of lbs.plan.tracing runs in a child, or in the worker, which has torch anyway)."""

from .cards import WORKSPACE, Gpu, described, parse_size, present
from .curves import Curves
from .demand import Model, Source, demand_of
from .ledger import Key, LedgerFile
from .plan import Ask, Plan, make_plan
from .reading import ModelError, check_length, max_tokens, read_model
from .source import Child, config_hash, kept_on_disk
from .ways import in_words, largest_batch, largest_context, with_ways_out
from .workload import Workload

__all__ = [
    "WORKSPACE",
    "Ask",
    "Child",
    "Curves",
    "Gpu",
    "Key",
    "LedgerFile",
    "Model",
    "ModelError",
    "Plan",
    "Source",
    "Workload",
    "check_length",
    "config_hash",
    "demand_of",
    "described",
    "in_words",
    "kept_on_disk",
    "largest_batch",
    "largest_context",
    "make_plan",
    "max_tokens",
    "parse_size",
    "present",
    "read_model",
    "with_ways_out",
]
