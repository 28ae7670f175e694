"""A real server process for tests, with the real worker or the fake one."""

from __future__ import annotations

import json
import os
import secrets
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.warm import shared_parent

FOLDER = Path(__file__).resolve().parents[2]
FAKE_WORKER = (sys.executable, "-u", "-m", "tests.support.fake_worker")
_FAKE = (
    f"from lbs.server.serving import serve; from lbs.settings import Settings; serve(Settings.load(), {FAKE_WORKER!r})"
)


@dataclass
class Backend:
    http: httpx.Client
    process: subprocess.Popen[str]
    pid: int

    def wait_run(self, req_id: str, seconds: float = 180) -> dict[str, Any]:
        """The run once it has ended."""

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.http.get(f"/api/runs/{req_id}").json()
            return run if run["status"] in ("completed", "failed", "cancelled") else None

        found: dict[str, Any] = until(ended, seconds)
        return found

    def submit(self, model: Path, dataset: str = "NeedleInAHaystack", **more: Any) -> str:
        body = {"model_type": "local", "model_name_or_path": str(model), "dataset_name": dataset, **more}
        answer = self.http.post("/api/submit", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["req_ids"][0])

    def wait_idle(self, seconds: float = 180) -> None:
        until(lambda: self.http.get("/api/health").json()["worker"]["state"] == "idle" or None, seconds)


def until(condition: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not true within {seconds} s")


@contextmanager
def started(
    tmp_path: Path,
    *,
    fake: bool = False,
    program: str = _FAKE,
    warm: bool = True,
    by_hand: bool = False,
    **variables: str,
) -> Iterator[Backend]:
    """`program`: the server's code where `fake` is set; `warm`: the real worker is forked from a warm parent; `by_hand`: without
    a marker, as in a terminal."""
    port_file = tmp_path / "run" / "port.json"
    # The panel of a browser test offers every backend that seems to be started by hand.
    marker = {} if by_hand else {"HEADROOM_MARKER": secrets.token_hex(16)}
    env = {**marker, **os.environ, "LBS_PORT": "0", "HEADROOM_PORT_FILE": str(port_file), **variables}
    if warm and not fake and "HEADROOM_FORKSERVER" not in variables:
        env |= shared_parent(env)
    words = [sys.executable, "-c", program] if fake else [sys.executable, "server.py"]
    process = subprocess.Popen(words, cwd=FOLDER, env=env, text=True, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        port_info = until(lambda: json.loads(port_file.read_text()) if port_file.exists() else None, 20)
        token = {"Authorization": f"Bearer {variables['LBS_TOKEN']}"} if "LBS_TOKEN" in variables else {}
        with httpx.Client(base_url=f"http://127.0.0.1:{port_info['port']}", headers=token, timeout=30) as http:
            yield Backend(http, process, port_info["pid"])
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def model_folder(parent: Path, name: str, weights: str = "model.safetensors") -> Path:
    """A folder that passes for a model without being loaded."""
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "llama", "max_position_embeddings": 8192}')
    (folder / "tokenizer.json").write_text("{}")
    header = json.dumps({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}).encode()
    (folder / weights).write_bytes(struct.pack("<Q", len(header)) + header + b"\0")
    return folder
