"""Command lines whose reader may leave early, as `head` does. Standard library only, Python 3.8 or later."""

import os
import sys
from collections.abc import Callable

BY_SIGPIPE = 141
"""As a shell reports a program that SIGPIPE ended."""


def run(main: Callable[[], int]) -> int:
    """The exit code of `main`, without a traceback where the reader of its output has left."""
    try:
        try:
            return main()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        return BY_SIGPIPE


def print_on(text: str) -> None:
    """Prints a line. What the program does goes on where the reader has left."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Sends the streams that lost their reader nowhere: the interpreter flushes them when it exits."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
