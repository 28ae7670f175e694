"""What a worker imports before it is ready. Standard library only."""

from __future__ import annotations

import importlib
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType, TracebackType

WORKER_NEEDS = (
    ("numpy", "ndarray"),
    ("torch", "cuda"),
    ("transformers", "AutoModelForCausalLM"),
    ("accelerate", "init_empty_weights"),
    ("safetensors", "safe_open"),
    ("lbs.worker.runner", "Runner"),
    ("lbs.worker.devices.emulated", "EmulatedDevice"),
    ("lbs.worker.reporter", "Reporter"),
)
"""Modules in the order of their imports, each with a name that it has: a file that is named like a package has not."""

SERVER_NEEDS = (
    ("sqlite3", "connect"),
    ("psutil", "Process"),
    ("pydantic_settings", "BaseSettings"),
    ("fastapi", "FastAPI"),
    ("uvicorn", "Server"),
    ("lbs.server.serving", "serve"),
)

_SHARED_LIBRARY = re.compile(r"(/[^\s:'\"]+\.so[^\s:'\"]*)")


class CannotImport(Exception):
    """`error`: the exception in one line; `file`: the file at fault, if known."""

    def __init__(self, module: str, error: str, file: str | None) -> None:
        super().__init__(f"{module}: {error}")
        self.module, self.error, self.file = module, error, file


def import_all(needed: Sequence[tuple[str, str]], on_module: Callable[[str], None]) -> None:
    """Imports each module; calls `on_module` before one that is not loaded yet. Raises CannotImport."""
    for module, name in needed:
        if module not in sys.modules:
            on_module(module)
        try:
            found = importlib.import_module(module)
            _check_name(found, name)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # SystemExit too: a file may call sys.exit
            raise CannotImport(module, one_line(first_cause(error)), file_at_fault(error)) from error


def _check_name(module: ModuleType, name: str) -> None:
    # Lazy packages import a part when its name is read.
    if not hasattr(module, name):
        raise ImportError(f"it has no {name}", path=getattr(module, "__file__", None))


def one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def file_at_fault(error: BaseException) -> str | None:
    """A shared library that a message names, a file that hides an installed module, or the file that raised."""
    first = first_cause(error)
    for cause in (first, error, error.__context__):
        if found := _SHARED_LIBRARY.search(str(cause)):
            return found[1]
    raised_in = last_file(first.__traceback__)
    if raised_in is not None and not _is_installed(raised_in):
        return raised_in
    named = first.path if isinstance(first, ImportError) else None
    if named and not _is_installed(named):
        return named
    return hiding_file() or named or raised_in


def first_cause(error: BaseException) -> BaseException:
    """What the error was raised from, at the start of the chain; a package words its own error around it."""
    met = [error]
    while (cause := met[-1].__cause__) is not None and cause not in met:
        met.append(cause)
    return met[-1]


def last_file(trace: TracebackType | None) -> str | None:
    """The file of the innermost frame that is not the import system's."""
    found = None
    while trace is not None:
        found = _file_of(trace.tb_frame) or found
        trace = trace.tb_next
    return found


def innermost_file(frame: FrameType | None) -> str | None:
    """As `last_file`, of code that still runs."""
    while frame is not None:
        if file := _file_of(frame):
            return file
        frame = frame.f_back
    return None


def _file_of(frame: FrameType) -> str | None:
    name = frame.f_code.co_filename
    return None if name.startswith("<") or name == __file__ or "importlib" in name else name


def hiding_file() -> str | None:
    """A loaded file outside the installed packages that has the name of a standard module."""
    for name in sorted(sys.stdlib_module_names):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not _is_installed(file):
            return str(file)
    return None


def _is_installed(file: str) -> bool:
    """In the standard library, in this Python's packages, or one of ours."""
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {ours}
    real = os.path.realpath(file)
    return any(place and real.startswith(os.path.realpath(place) + os.sep) for place in places)
