"""LBS_MODEL_DIRS: where models may lie, for every call that names a folder."""

from __future__ import annotations

from pathlib import Path

from lbs.api.errors import ApiError
from lbs.settings import Settings


def permitted(name: str | Path, settings: Settings) -> Path:
    """The folder, links followed. Fails with an ApiError where LBS_MODEL_DIRS is set and none of its folders holds it."""
    path = Path(name).expanduser()
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        raise ApiError(400, "invalid_model", f"{path} leads in a circle: name the folder itself.") from None
    folders = settings.model_folders
    if folders and not any(real.is_relative_to(folder) for folder in folders):
        led = f" (it leads to {real})" if real != path else ""
        listed = ", ".join(str(folder) for folder in folders)
        raise ApiError(
            403,
            "outside_model_dirs",
            f"{path}{led} lies outside LBS_MODEL_DIRS ({listed}): add its folder there, or unset it to allow any.",
        )
    return real
