"""The one folder that holds everything Headroom writes; electron/core/paths.ts knows the same names."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """HEADROOM_HOME, else the platform's place for application data; absolute, not created."""
    named = os.environ.get("HEADROOM_HOME")
    if named:
        return Path(named).absolute()
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "Headroom"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Headroom"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative XDG_DATA_HOME is invalid and is ignored.
    base = Path(xdg) if os.path.isabs(xdg) else home / ".local" / "share"
    return base / "headroom"


def results_db() -> Path:
    return data_folder() / "results.db"


def datasets_file() -> Path:
    return data_folder() / "datasets.json"


def held_folder() -> Path:
    """Where each worker tells the emulator what it holds on the emulated GPUs."""
    return data_folder() / "emulator" / "held"


def assets_folder() -> Path:
    """What ships: haystacks, the toy model's recipe, the emulator's scenarios."""
    return Path(__file__).resolve().parents[3] / "assets"
