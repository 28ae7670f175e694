"""Where the config of a model or an adapter is, and a hash of its content. No torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lbs.models.adapter import CONFIG, is_adapter, model_folder


def config_file(path: str) -> Path:
    """The config.json of a model; for an adapter's folder that of its base. Raises AdapterError."""
    return model_folder(Path(path)) / "config.json" if Path(path).is_dir() else Path(path)


def config_hash(path: str) -> str:
    """An adapter's own config, which sets its size, counts with that of its base. Raises AdapterError, OSError."""
    files = [config_file(path), *([Path(path) / CONFIG] if is_adapter(Path(path)) else [])]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
