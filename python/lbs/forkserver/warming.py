"""Importing what a server or a worker needs, at low priority, before anybody asks for one."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable
from typing import Literal

from lbs.forkserver.low_priority import in_low_priority_thread

Kind = Literal["server", "worker"]


def warm_up(kind: Kind, done: Callable[[str | None], None]) -> None:
    """Imports in a thread; `done` is called there with None, or with the sentence why it failed."""

    def work() -> None:
        try:
            if kind == "server":
                import_server()
            else:
                import_worker()
            gc.collect()
            # Out of the collector's sight: its marks would copy every page in each fork.
            gc.freeze()
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            done(f"What a {kind} needs cannot be imported ({type(error).__name__}: {error}).")
        else:
            done(None)

    in_low_priority_thread(work, "warming")


def import_server() -> None:
    import lbs.server.serving  # noqa: F401


def import_worker() -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer  # noqa: F401  # lazy until they are named

    import lbs.worker.__main__
    import lbs.worker.devices.emulated
    import lbs.worker.reporter
    import lbs.worker.runner  # noqa: F401

    # A process with CUDA cannot be forked from, and would hold GPU memory for nobody.
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        raise RuntimeError("CUDA was initialised by an import")
