"""LBS_MODEL_DIRS: where models may lie. What counts is the folder, links followed: a hub's cache keeps the files elsewhere."""

from __future__ import annotations

from pathlib import Path

from lbs.models.adapter import is_adapter, read_adapter
from lbs.settings import Settings


class BadPath(ValueError):
    """No path at all; the message is a sentence."""


class OutsideModelDirs(ValueError):
    """None of the folders holds it; the message is a sentence."""


def permitted(name: str | Path, settings: Settings) -> Path:
    """The folder (or file) that is meant, links followed. Fails with BadPath or OutsideModelDirs."""
    try:
        path = Path(name).expanduser()
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadPath(f"{str(name)!r} is no path ({error}): name the folder itself.") from None
    folders = settings.model_folders
    if folders and not any(real.is_relative_to(folder) for folder in folders):
        led = f" (it leads to {real})" if real != path else ""
        listed = ", ".join(str(folder) for folder in folders)
        raise OutsideModelDirs(
            f"{path}{led} lies outside LBS_MODEL_DIRS ({listed}): add its folder there, or unset it to allow any."
        )
    return real


def permitted_model(name: str | Path, settings: Settings) -> Path:
    """A model's folder, or an adapter's whose base lies inside, too. Fails like `permitted`, and with an AdapterError."""
    path = permitted(name, settings)
    if is_adapter(path) and (adapter := read_adapter(path)):
        permitted(adapter.base, settings)
    return path
