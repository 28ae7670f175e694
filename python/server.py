"""The benchmark backend: `python server.py`, by hand or under the panel.

A problem of the environment is one sentence on stderr and exit code 2, before torch is imported. Any Python 3 can run this
file, so that an old one gets such a sentence too.
"""

import os
import sys

# PYTHONSAFEPATH and -I leave the script's folder out of sys.path.
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


def missing_packages() -> list:  # type: ignore[type-arg]  # an old Python parses this line too
    """Without importing them: that takes seconds for torch."""
    from importlib.util import find_spec

    return [package for module, package in NEEDED if find_spec(module) is None]


def main() -> int:
    if sys.version_info < (3, 11):
        found = ".".join(str(part) for part in sys.version_info[:3])
        return refuse("Python " + found + " is too old: use Python 3.11 to 3.14 (python/.venv/bin/python).")
    missing = missing_packages()
    if missing:
        return refuse(
            "this Python (" + sys.executable + ") lacks " + ", ".join(missing) + ": "
            "use python/.venv/bin/python (npm run setup creates it), or install them with pip."
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
    # Everything is on disk and every child has exited: finalizing the interpreter only delays a restart.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
