"""What a process that has imported torch early depends on: where any of it changed, it must be thrown away."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from sysconfig import get_path

_SOURCES = Path(__file__).resolve().parents[1]
# Read by the libraries when they are imported, and never again. The allocator's variables are read when it is first used.
_READ_AT_IMPORT = (
    "OMP_",
    "MKL_",
    "KMP_",
    "GOMP_",
    "OPENBLAS_",
    "NUMEXPR_",
    "HF_",
    "TRANSFORMERS_",
    "TORCH",
    "PYTORCH_",
    "PYTHON",
    "LD_",
    "MALLOC_",
    "ATEN_",
)
_READ_LATE = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF", "PYTHONSAFEPATH")


def import_key(env: Mapping[str, str]) -> str:
    """A digest over installed packages, our sources, and the variables in `env` that are read at import."""
    # Installing or removing a package changes its folder's time.
    parts = [f"{folder} {_changed(folder)}" for folder in sorted({get_path("purelib"), get_path("platlib")})]
    parts += [f"{source} {_changed(source)}" for source in sorted(_SOURCES.rglob("*.py"))]
    parts += [f"{name}={value}" for name, value in sorted(env.items()) if _matters(name)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _matters(name: str) -> bool:
    return name.startswith(_READ_AT_IMPORT) and name not in _READ_LATE


def _changed(path: str | Path) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return "gone"
    return f"{found.st_mtime_ns} {found.st_size}"
