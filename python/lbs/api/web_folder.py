"""The page of LBS_WEB_DIR."""

from __future__ import annotations

import os

from fastapi.staticfiles import StaticFiles


class WebFolder(StaticFiles):
    """Serves the folder without hidden files, such as .env and .git, also where a link leads to one or out of the folder."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        found, about = super().lookup_path(path)
        if found and self.directory is not None:
            inside = os.path.relpath(found, os.path.realpath(self.directory))
            # Of the address as well: a link may have a hidden name.
            names = [*inside.split(os.sep), *path.split(os.sep)]
            if any(name.startswith(".") for name in names if name != "."):
                return "", None
        return found, about
