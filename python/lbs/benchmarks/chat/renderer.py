"""The process that renders chat templates, with a deadline for each request."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lbs.sentences import Sentence, SentenceError, say

SECONDS = 5.0
"""For a request, and as much again for each thousand conversations in it."""
_START_SECONDS = 60.0
"""For the imports of the process, which are not the template's."""
_PYTHON_FOLDER = Path(__file__).resolve().parents[3]


class TemplateError(SentenceError):
    """Why a chat template cannot be used."""


@dataclass(frozen=True)
class Rendered:
    """`dated`: the template asked for the date, so that the texts differ from one day to the next."""

    texts: list[str]
    dated: bool


class Renderer:
    """Not for several threads. The process starts at the first request, and exits with `close` or with this object."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def __call__(
        self,
        template: str,
        conversations: Sequence[Sequence[Mapping[str, str]]],
        values: Mapping[str, Any],
        *,
        generation_prompt: bool = True,
    ) -> Rendered:
        """Raises TemplateError."""
        request = {
            "template": template,
            "conversations": [[dict(message) for message in conversation] for conversation in conversations],
            "generation_prompt": generation_prompt,
            "values": dict(values),
        }
        seconds = self._seconds * (1 + len(conversations) / 1000)
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            answer = json.loads(self._ask(json.dumps(request), seconds))
        except queue.Empty:
            self.close()
            raise TemplateError(say("chat.slow", seconds=f"{seconds:.0f}")) from None
        except (OSError, ValueError):
            self.close()
            raise TemplateError(say("chat.ended")) from None
        if "texts" in answer:
            return Rendered(answer["texts"], answer["dated"])
        raise TemplateError(_sentence(answer["reason"], answer.get("detail", "")))

    def _ask(self, line: str, seconds: float) -> str:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._lines.get(timeout=seconds)

    def _start(self) -> None:
        self.close()
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        env.pop("LBS_TOKEN", None)
        # One thread each: address space that BLAS reserves by the core would be taken from the template's bound.
        env.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lbs.benchmarks.chat.rendering"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=_PYTHON_FOLDER,
            env=env,
        )
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        self._ask(
            json.dumps({"template": "", "conversations": [], "generation_prompt": True, "values": {}}), _START_SECONDS
        )

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError, OSError):  # closed meanwhile
        for line in process.stdout:
            lines.put(line)
    lines.put("")


def _sentence(reason: str, detail: str) -> Sentence:
    if reason == "memory":
        return say("chat.memory")
    if reason == "size":
        return say("chat.long")
    return say("chat.raised", error=detail)
