"""Answers of the tracer, cached on disk."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
from pathlib import Path

from lbs.settings.paths import data_folder
from lbs.settings.private import make_folder, write_private

from .config_files import config_hash
from .trace_types import TraceAnswer, TraceRequest, TraceSource

_MOST_FILES = 1000
_LBS = Path(__file__).parents[1]
_ROOMS = ("benchmarks", "memory", "models", "plan")
"""Whose code decides what a trace answers."""


def cached_on_disk(source: TraceSource, folder: Path | None = None) -> TraceSource:
    """`source`, called once per config, request, and version of the code that computes. Failures are not cached."""
    cache = folder or data_folder() / "plans"

    def trace(request: TraceRequest) -> TraceAnswer:
        if request["trust_remote_code"]:
            return source(request)  # code beside the config may have changed
        file = cache / f"{_key(request)}.json"
        with contextlib.suppress(OSError, ValueError):
            cached: TraceAnswer = json.loads(file.read_text("utf-8"))
            os.utime(file)
            return cached
        answer = source(request)
        if "error" not in answer:
            _write(file, answer)
        return answer

    return trace


@functools.cache
def _versions() -> str:
    """Of torch, of transformers, and of our own code."""
    files = (file for room in _ROOMS for file in sorted((_LBS / room).rglob("*.py")))
    code = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    return " ".join([*(importlib.metadata.version(name) for name in ("torch", "transformers")), code.hexdigest()])


def _key(request: TraceRequest) -> str:
    identity = {**request, "path": config_hash(request["path"])}
    return hashlib.sha256(json.dumps([identity, _versions()], sort_keys=True).encode()).hexdigest()[:32]


def _write(file: Path, answer: TraceAnswer) -> None:
    with contextlib.suppress(OSError):
        make_folder(file.parent)
        write_private(file, json.dumps(answer, separators=(",", ":")))
        for old in sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-_MOST_FILES]:
            old.unlink(missing_ok=True)
