"""How far from_pretrained is, and an end to it in between: transformers asks for a progress bar, and this is what it gets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from transformers.utils import logging

_SPACING = 0.25
_PATIENCE = 5.0


class _Steps:
    """Iterates over tensors that are to be placed, and asks `step` before each."""

    def __init__(self, items: Iterable[Any], step: Callable[[float], None]) -> None:
        self._items = list(items)
        self._step = step

    def __iter__(self) -> Iterator[Any]:
        for number, item in enumerate(self._items):
            self._step(number / len(self._items))
            yield item


@contextmanager
def watched_load(step: Callable[[float], None]) -> Iterator[None]:
    """In here from_pretrained calls `step(share)` before each of its tensors, in the thread that loads: what `step` raises
    ends the load. However it ends, nothing loads any more afterwards."""

    def hook(factory: Callable[..., Any], words: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return _Steps(words[0], step) if named.get("desc") == "Loading weights" else factory(*words, **named)

    others = set(threading.enumerate())
    before = logging.set_tqdm_hook(hook)
    try:
        yield
    except BaseException:
        # transformers leaves its threads in the middle of a copy each, and what they hold would look like a leak.
        _wait_for(set(threading.enumerate()) - others)
        raise
    finally:
        logging.set_tqdm_hook(before)


def _wait_for(threads: Iterable[threading.Thread]) -> None:
    end = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def now_and_then(tell: Callable[[float], None], spacing: float = _SPACING) -> Callable[[float], None]:
    """`tell`, at most every `spacing` seconds."""
    last = float("-inf")

    def step(share: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= spacing:
            last = now
            tell(share)

    return step
