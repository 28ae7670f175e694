"""Warm parents: servers and workers are forked from them, so that few tests import torch again."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lbs.forkserver.import_key import import_key

_FOLDER = Path(__file__).resolve().parents[2]
_open = ExitStack()
_shared: dict[str, Warm] = {}


@dataclass
class Warm:
    """`variables`: the environment of a server that uses it."""

    process: subprocess.Popen[str]
    variables: dict[str, Any]


@contextmanager
def warm_parent(kind: str, path: str, name: str) -> Iterator[Warm]:
    variables = {name: path, "HEADROOM_MARKER": secrets.token_hex(16), "LBS_EMULATED_GPUS": "256MiB"}
    env = {**os.environ, **variables, "HEADROOM_MARKER": secrets.token_hex(16)}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "lbs.forkserver", kind, path],
        cwd=_FOLDER,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        assert json.loads(process.stdout.readline())["state"] == "warming"
        assert json.loads(process.stdout.readline())["state"] == "warm"
        yield Warm(process, variables)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def shared_parent(env: Mapping[str, str]) -> dict[str, str]:
    """The variables of a server that forks its workers from this session's shared parent; none except on Linux."""
    if sys.platform != "linux":
        return {}
    key = import_key(env)
    if key not in _shared or _shared[key].process.poll() is not None:
        if not _shared:
            atexit.register(_open.close)
        # Not in pytest's folders: a socket's path is limited to 107 bytes.
        folder = tempfile.mkdtemp(prefix="headroom-warm-")
        _open.callback(shutil.rmtree, folder, ignore_errors=True)
        path = str(Path(folder) / "fork.sock")
        _shared[key] = _open.enter_context(warm_parent("worker", path, "HEADROOM_FORKSERVER"))
    path = _shared[key].variables["HEADROOM_FORKSERVER"]
    return {"HEADROOM_FORKSERVER": path, "HEADROOM_MARKER": secrets.token_hex(16)}
