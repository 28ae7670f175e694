"""The process that renders chat templates, with a deadline for each request."""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lbs.protocol.line_process import LineProcess
from lbs.sentences import Sentence, SentenceError, say

SECONDS = 5.0
"""For a request, and as much again for each thousand conversations in it."""
_START_SECONDS = 60.0
"""For the imports of the process, which are not the template's."""


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
        self._process = LineProcess()

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
            if not self._process.is_running:
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
        self._process.send(line)
        return self._process.receive(seconds)

    def _start(self) -> None:
        # One thread each: address space that BLAS reserves by the core would be taken from the template's bound.
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._process.start([sys.executable, "-m", "lbs.benchmarks.chat.rendering"], **threads)
        self._ask(
            json.dumps({"template": "", "conversations": [], "generation_prompt": True, "values": {}}), _START_SECONDS
        )

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()


def _sentence(reason: str, detail: str) -> Sentence:
    if reason == "memory":
        return say("chat.memory")
    if reason == "size":
        return say("chat.long")
    return say("chat.raised", error=detail)
