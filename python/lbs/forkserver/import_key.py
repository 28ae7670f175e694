"""What a warm parent depends on: where any of it changed, a new one is needed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from sysconfig import get_path

_SOURCES = Path(__file__).resolve().parents[1]
# Libraries read these once, at import. The allocator reads its variables at its first use.
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
    """A hash of installed packages, our sources, and the variables in `env` that are read at import."""
    # Installing or removing a package changes the time of its folder.
    parts = [f"{folder} {_state_of(folder)}" for folder in sorted({get_path("purelib"), get_path("platlib")})]
    parts += [f"{source} {_state_of(source)}" for source in sorted(_SOURCES.rglob("*.py"))]
    parts += [f"{name}={value}" for name, value in sorted(env.items()) if _matters(name)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _matters(name: str) -> bool:
    return name.startswith(_READ_AT_IMPORT) and name not in _READ_LATE


def _state_of(path: str | Path) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "missing"
    return f"{status.st_mtime_ns} {status.st_size}"
