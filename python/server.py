"""The benchmark backend: `python server.py`, by hand or under the panel.

What is wrong with the environment is told in one sentence on stderr with exit code 2, before torch is imported.
This file itself must be read by any Python 3, so that an old one can be told so.
"""

import os
import sys

# Python leaves the script's own folder out of its search where PYTHONSAFEPATH or -I ask for that.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

NEEDED = (
    ("fastapi", "fastapi"),
    ("uvicorn", "uvicorn"),
    ("pydantic_settings", "pydantic-settings"),
    ("psutil", "psutil"),
    ("torch", "torch"),
    ("transformers", "transformers"),
    ("accelerate", "accelerate"),
    ("safetensors", "safetensors"),
)


def refuse(sentence: str) -> int:
    sys.stderr.write("headroom: " + sentence + "\n")
    return 2


def missing_packages() -> list:  # type: ignore[type-arg]  # an old Python reads this line too
    """Looked for, not imported: finding torch takes a moment, importing it seconds."""
    from importlib.util import find_spec

    return [package for module, package in NEEDED if find_spec(module) is None]


def main() -> int:
    if sys.version_info < (3, 11):
        found = ".".join(str(part) for part in sys.version_info[:3])
        return refuse("Python " + found + " is too old: run it with Python 3.11 to 3.14 (python/.venv/bin/python).")
    missing = missing_packages()
    if missing:
        return refuse(
            "this Python (" + sys.executable + ") lacks " + ", ".join(missing) + ": "
            "use python/.venv/bin/python (npm run setup makes it), or install them with pip."
        )
    try:
        return start()
    except ImportError as error:
        return refuse(
            "a package of this Python (" + sys.executable + ") is broken (" + str(error) + "): run npm run setup."
        )
    except KeyboardInterrupt:
        return 130


def start() -> int:
    from lbs.server.start_steps import passed

    passed("interpreter")
    import lbs.server.serving
    from lbs.settings import Settings, SettingsError

    passed("imports")
    from lbs.store import StoreError

    try:
        lbs.server.serving.serve(Settings.load())
    except (SettingsError, StoreError) as error:
        return refuse(str(error))
    return 0


if __name__ == "__main__":
    code = main()
    # Everything is on disk and every child is gone: taking the interpreter apart would only make a restart wait.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
