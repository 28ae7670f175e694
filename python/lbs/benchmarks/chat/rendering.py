"""Renders a template in this process: `python -m lbs.benchmarks.chat.rendering`, a request per line on stdin.

A template is foreign code that can loop for ever and fill all memory. The sandbox of jinja stops neither, so the process has
limits of its own, and a parent with a deadline.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
from typing import Any, Literal, NotRequired, TypedDict

from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

MEMORY = 256 << 20
"""Bytes of address space that rendering may add."""
CPU_SECONDS = 10
_SPARE_TEXT = 256 << 10
"""Characters that a template may add to its messages."""

Reason = Literal["raised", "memory", "size"]


class RenderRequest(TypedDict):
    template: str
    conversations: list[list[dict[str, str]]]
    generation_prompt: bool
    values: dict[str, Any]


class RenderAnswer(TypedDict):
    """`dated`: the template asked for the date; `reason` with the template's own words where it failed."""

    texts: NotRequired[list[str]]
    dated: NotRequired[bool]
    reason: NotRequired[Reason]
    detail: NotRequired[str]


def answer(request: RenderRequest) -> RenderAnswer:
    dated: list[str] = []
    try:
        _watch_date(request["template"], dated)
        texts, _ = render_jinja_template(
            conversations=request["conversations"],
            chat_template=request["template"],
            add_generation_prompt=request["generation_prompt"],
            **request["values"],
        )
        "".join(texts).encode()  # raises where a text contains half of a surrogate pair, which no tokenizer accepts
        for conversation, text in zip(request["conversations"], texts, strict=True):
            if len(text) > _SPARE_TEXT + 4 * sum(len(message["content"]) for message in conversation):
                return {"reason": "size"}
    except (MemoryError, OverflowError):
        return {"reason": "memory"}
    except Exception as error:  # of any kind: the template is foreign code
        line = (str(error).strip().split("\n")[0] or type(error).__name__)[:200]
        return {"reason": "raised", "detail": line}
    return {"texts": texts, "dated": bool(dated)}


def _watch_date(template: str, dated: list[str]) -> None:
    """Notes each call of `strftime_now`; the compiled template is cached by transformers, and with it this change."""
    names = _compile_jinja_template(template).globals
    # What the last request wrapped is not wrapped again.
    now = inspect.unwrap(names["strftime_now"])

    @functools.wraps(now)
    def watched(format: str) -> str:
        dated.append(format)
        text: str = now(format)
        return text

    names["strftime_now"] = watched


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            held = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _limit_time() -> None:
    """For this request: a parent that was killed ends no endless loop."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> int:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _limit_memory()
    for line in sys.stdin:
        _limit_time()
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
