"""The folder for everything that Headroom writes; electron/core/base/paths.ts has the same names."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """HEADROOM_HOME, else the platform's folder for application data; absolute, not created."""
    given = os.environ.get("HEADROOM_HOME")
    if given:
        return Path(given).absolute()
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "Headroom"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Headroom"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    # By the XDG specification a relative XDG_DATA_HOME is invalid and ignored.
    base = Path(xdg) if os.path.isabs(xdg) else home / ".local" / "share"
    return base / "headroom"


def results_db() -> Path:
    return data_folder() / "results.db"


def datasets_file() -> Path:
    return data_folder() / "datasets.json"


def held_folder() -> Path:
    """Where each worker writes what it holds on the emulated GPUs, for the emulator."""
    return data_folder() / "emulator" / "held"


def assets_folder() -> Path:
    """Bundled data: haystacks, the table of cards, the toy model's recipe, the emulator's scenarios."""
    return Path(__file__).resolve().parents[3] / "assets"
