"""Which of the backend's requirements this Python has: `python -m lbs.server.checkup` prints it as JSON.

Imports none of the packages: torch has its version and its CUDA build in a file of its own. `--imports` imports what the
worker needs in a child process instead. `--database FILE` examines the results database; `--set-aside FILE` renames it where
it is damaged and unused. Python 3.8 and later run the first form, so that an old one can be reported.
"""

import argparse
import ast
import json
import os
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from server import NEEDED

_READ = ("__version__", "cuda", "hip")


def facts() -> Dict[str, Any]:
    return {
        "python": {"version": list(sys.version_info[:3]), "executable": sys.executable},
        "packages": [
            {"name": name, "present": find_spec(module) is not None, "version": _version(name)}
            for module, name in NEEDED
        ],
        "torch": torch_build(),
    }


def _version(name: str) -> Optional[str]:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        # Missing, or installed without a record.
        return None


def torch_build() -> Optional[Dict[str, Optional[str]]]:
    """The version and the CUDA or ROCm of the build, read from torch/version.py; None where there is no torch."""
    spec = find_spec("torch")
    if spec is None or not spec.origin:
        return None
    try:
        found = literals(Path(spec.origin).with_name("version.py").read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        found = {}
    version = found.get("__version__") or _version("torch")
    return {"version": version, "cuda": found.get("cuda"), "hip": found.get("hip")}


def literals(text: str) -> Dict[str, Optional[str]]:
    """The names that are set to a string or None, found without running the text."""
    found: Dict[str, Optional[str]] = {}
    for line in ast.parse(text).body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        value = line.value if isinstance(line, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, ast.Constant) or not isinstance(value.value, (str, type(None))):
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _READ:
                found[target.id] = value.value
    return found


def import_failure() -> Optional[Dict[str, Any]]:
    """Why the worker could not import what it needs, as a sentence; None where it can."""
    from lbs.imports.diagnose import Probe, diagnose
    from lbs.imports.words import failure_sentence

    folder = Path(__file__).resolve().parents[2]
    env = worker_like(os.environ, str(folder))
    failure = diagnose(Probe([sys.executable, "-m", "lbs.imports.probe", "worker"], env, folder))
    if failure is None:
        return None
    return {"module": failure.module, "sentence": failure_sentence(failure, env).as_json()}


def worker_like(env: Mapping[str, str], folder: str) -> Dict[str, str]:
    """Without what the panel adds so that this module is found: the worker runs in `folder`."""
    child = {name: value for name, value in env.items() if name != "PYTHONSAFEPATH"}
    entries = child.pop("PYTHONPATH", "").split(os.pathsep)
    rest = os.pathsep.join(entry for entry in entries if entry and entry != folder)
    return {**child, "PYTHONPATH": rest} if rest else child


def main(words: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lbs.server.checkup", description="What this Python has, as JSON.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--database", metavar="FILE", type=Path, help="examine this results database instead")
    group.add_argument("--imports", action="store_true", help="import what the worker needs, in a child process")
    group.add_argument("--set-aside", metavar="FILE", type=Path, help="rename it where it is damaged and unused")
    chosen = parser.parse_args(words)
    if chosen.database or chosen.set_aside:
        from lbs.store.examine import examine, set_aside_damaged

        print(json.dumps(examine(chosen.database) if chosen.database else set_aside_damaged(chosen.set_aside)))
    elif chosen.imports:
        print(json.dumps({"failure": import_failure()}))
    else:
        print(json.dumps(facts()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
