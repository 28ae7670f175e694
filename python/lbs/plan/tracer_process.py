"""The tracer in a child of its own: without CUDA, with a limit on time and memory; its answers are kept on disk."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lbs.models.adapter import CONFIG, is_adapter, model_folder
from lbs.settings.paths import data_folder

from .demand import Source

SECONDS = 60.0
_KEPT = 1000
_PYTHON_FOLDER = Path(__file__).resolve().parents[2]


class Child:
    """Started at the first question, asked again while it lives. Callable as a Source, from any thread."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            try:
                return self._ask(json.dumps(dict(request)))
            except (OSError, queue.Empty, ValueError) as error:
                late = isinstance(error, queue.Empty)
                self._end()
                why = f"took longer than {self._seconds:g} s" if late else "ended without an answer"
                return {"error": f"It cannot be traced: the tracer {why}."}

    def _ask(self, line: str) -> dict[str, Any]:
        if self._closed:
            raise ValueError("nobody waits any more")
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answered = self._lines.get(timeout=self._seconds)
        if not answered:
            raise ValueError("it ended")
        found: dict[str, Any] = json.loads(answered)
        return found

    def _start(self) -> None:
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        for secret in ("LBS_TOKEN",):
            env.pop(secret, None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lbs.plan.tracing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=_PYTHON_FOLDER,
            env=env,
        )
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(self._process, self._lines), daemon=True).start()

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def close(self) -> None:
        """For good. Who waits for an answer has its refusal at once."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._lock:
            self._end()


def kept_on_disk(source: Source, folder: Path | None = None) -> Source:
    """`source`, asked once per config, request and version of what computes. Failures are not kept."""
    kept = folder or data_folder() / "plans"

    def ask(request: Mapping[str, Any]) -> dict[str, Any]:
        if request["trust_remote_code"]:
            return source(request)  # code beside the config may have changed
        file = kept / f"{_key(request)}.json"
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(file.read_text("utf-8"))
            os.utime(file)
            return found
        found = source(request)
        if "error" not in found:
            _keep(file, found)
        return found

    return ask


def config_file(path: str) -> Path:
    """Of an adapter's folder its base's. Fails with an AdapterError."""
    return model_folder(Path(path)) / "config.json" if Path(path).is_dir() else Path(path)


def config_hash(path: str) -> str:
    """An adapter's own config, which says how large it is, counts with its base's."""
    files = [config_file(path), *([Path(path) / CONFIG] if is_adapter(Path(path)) else [])]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@functools.cache
def _versions() -> str:
    """Of what computes: torch, transformers, and the tracer itself."""
    code = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.rglob("*.py"))))
    return " ".join([*(importlib.metadata.version(name) for name in ("torch", "transformers")), code.hexdigest()])


def _key(request: Mapping[str, Any]) -> str:
    told = {**request, "path": config_hash(str(request["path"]))}
    return hashlib.sha256(json.dumps([told, _versions()], sort_keys=True).encode()).hexdigest()[:32]


def _keep(file: Path, found: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(found, separators=(",", ":")))
        temporary.replace(file)
        for old in sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
