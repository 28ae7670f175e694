"""Imports what a server or a worker needs, at low priority, before the first request."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable
from typing import Literal

from lbs.protocol.low_priority import in_low_priority_thread

Kind = Literal["server", "worker"]


def warm_up(kind: Kind, done: Callable[[str | None], None]) -> None:
    """Imports in a thread, which calls `done` with None, or with the reason why it failed."""

    def work() -> None:
        try:
            if kind == "server":
                import_server()
            else:
                import_worker()
            gc.collect()
            # Hidden from the garbage collector, whose marks would copy every page in each fork.
            gc.freeze()
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            done(f"The imports of a {kind} failed ({type(error).__name__}: {error}).")
        else:
            done(None)

    in_low_priority_thread(work, "warming")


def import_server() -> None:
    import lbs.server.serving  # noqa: F401


def import_worker() -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer  # noqa: F401  # imported lazily, when named

    import lbs.worker.__main__
    import lbs.worker.devices.emulated
    import lbs.worker.reporter
    import lbs.worker.runner  # noqa: F401

    # A process with CUDA cannot fork, and would hold GPU memory.
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        raise RuntimeError("CUDA was initialised by an import")
