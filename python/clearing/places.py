"""Finds nvidia-smi as the panel does: electron/core/gpu/smi/places.ts has the same list."""

from __future__ import annotations

import ntpath
import os
import posixpath
import sys
from typing import Mapping

_LINUX_FOLDERS = (
    "/usr/bin",
    "/usr/local/bin",
    # Jetson.
    "/usr/sbin",
    # WSL: from the Windows driver.
    "/usr/lib/wsl/lib",
    # Kubernetes nodes whose driver is mounted into the container.
    "/usr/local/nvidia/bin",
    # NixOS.
    "/run/opengl-driver/bin",
    "/run/current-system/sw/bin",
)


def find_smi() -> str | None:
    found = (path for path in smi_places(os.environ, sys.platform) if is_executable(path))
    return next(found, None)


def smi_places(env: Mapping[str, str], platform: str) -> list[str]:
    """Where nvidia-smi may be, the preferred place first."""
    if platform == "win32":
        return list(dict.fromkeys(_windows_places(env)))
    standard = _LINUX_FOLDERS if platform == "linux" else ()
    folders = [folder for folder in env.get("PATH", "").split(":") if posixpath.isabs(folder)]
    return list(dict.fromkeys(posixpath.normpath(f"{folder}/nvidia-smi") for folder in (*folders, *standard)))


def _windows_places(env: Mapping[str, str]) -> list[str]:
    name = "nvidia-smi.exe"
    folders = [folder for folder in (env.get("Path") or env.get("PATH") or "").split(";") if ntpath.isabs(folder)]
    system = ntpath.join(env.get("SystemRoot") or "C:\\Windows", "System32")
    store = ntpath.join(system, "DriverStore", "FileRepository")
    folders += [system, *(ntpath.join(store, folder) for folder in _newest_first(store))]
    folders += [ntpath.join(env.get("ProgramFiles") or "C:\\Program Files", "NVIDIA Corporation", "NVSMI")]
    return [ntpath.normpath(ntpath.join(folder, name)) for folder in folders]


def is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _newest_first(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in sorted(entries, key=lambda one: one.stat().st_mtime, reverse=True)]
    except OSError:
        # No such folder: an older Windows, or no driver from the driver store.
        return []
