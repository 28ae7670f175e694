"""The progress of from_pretrained, and a way to stop it: this replaces the progress bar of transformers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from transformers.utils import logging

_SPACING = 0.25
_PATIENCE = 5.0


class _Steps:
    """Iterates over the tensors to be placed, and calls `step` before each."""

    def __init__(self, items: Iterable[Any], step: Callable[[float], None]) -> None:
        self._items = list(items)
        self._step = step

    def __iter__(self) -> Iterator[Any]:
        for number, item in enumerate(self._items):
            self._step(number / len(self._items))
            yield item


@contextmanager
def watched_load(step: Callable[[float], None]) -> Iterator[None]:
    """Inside, from_pretrained calls `step(share)` before each tensor, in the loading thread: an exception of `step` stops the
    load. On return nothing is loading any more."""

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        return _Steps(args[0], step) if options.get("desc") == "Loading weights" else factory(*args, **options)

    others = set(threading.enumerate())
    before = logging.set_tqdm_hook(hook)
    try:
        yield
    except BaseException:
        # The threads of transformers are still copying, and what they hold would look like a leak.
        _wait_for(set(threading.enumerate()) - others)
        raise
    finally:
        logging.set_tqdm_hook(before)


def _wait_for(threads: Iterable[threading.Thread]) -> None:
    end = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def now_and_then(report: Callable[[float], None], spacing: float = _SPACING) -> Callable[[float], None]:
    """`report`, called at most every `spacing` seconds."""
    last = float("-inf")

    def step(share: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= spacing:
            last = now
            report(share)

    return step
