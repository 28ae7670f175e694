"""How PyTorch's allocator is set: one answer for a worker's environment, its plans, and those of the server. No torch."""

from __future__ import annotations

import functools
import importlib.metadata
import re
import sys
from collections.abc import Mapping

from lbs.sentences import Sentence, say

_VARIABLES = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")
"""The later one wins."""
_HARMFUL = "max_split_size_mb"
"""Beside expandable segments: reserved memory then grows without bound (docs/facts-memory.md)."""
_ON_WINDOWS = (2, 14)
"""The first PyTorch that may have expandable segments there."""


def is_expandable(enabled: bool, measured: bool | None = None) -> bool:
    """Whether the allocator uses expandable segments. `enabled`: LBS_ENABLE_MEMORY_MANAGEMENT; `measured`: what a worker
    reported, None before there is one, when the platform decides."""
    if measured is not None:
        return measured
    return enabled and _platform_has_them()


def allocator_note(enabled: bool, env: Mapping[str, str], measured: bool | None = None) -> Sentence | None:
    """What of the settings does not hold, for the log and the page of the settings. `env`: that of the server."""
    if enabled and not is_expandable(enabled, measured):
        return say("memory.no_expandable_here") if _platform_has_them() else say("memory.no_expandable_on_windows")
    if enabled and _HARMFUL in _entries(env):
        return say("memory.split_size_dropped", value=_entries(env)[_HARMFUL])
    return None


def merged_allocator_conf(env: Mapping[str, str], *, expandable: bool) -> str:
    """The entries of both variables, the CUDA one wins; `expandable` sets expandable_segments."""
    entries = _entries(env)
    if expandable:
        entries.pop(_HARMFUL, None)
    entries["expandable_segments"] = str(expandable)
    return ",".join(f"{key}:{value}" for key, value in entries.items())


def _entries(env: Mapping[str, str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    for name in _VARIABLES:
        for part in _split(env.get(name, "")):
            key, _, value = part.partition(":")
            entries[key.strip()] = value.strip()
    return entries


def _split(conf: str) -> list[str]:
    """Splits at commas outside brackets, such as those of roundup_power2_divisions:[256:1,512:2]."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(conf):
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append(conf[start:place])
            start = place + 1
    return [part for part in [*parts, conf[start:]] if ":" in part]


def _platform_has_them() -> bool:
    return sys.platform != "win32" or _torch_version() >= _ON_WINDOWS


@functools.cache
def _torch_version() -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", importlib.metadata.version("torch"))
    return (int(found[1]), int(found[2])) if found else (0, 0)
