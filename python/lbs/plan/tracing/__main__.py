"""`python -m lbs.plan.tracing [--warm]`: a request per line on stdin, an answer per line on stdout.

A first line says that it is ready; with --warm that comes after everything is imported that a first trace needs, at low
priority. It exits at once when stdin ends, even while it imports: its parent is gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from queue import SimpleQueue
from typing import NoReturn

from lbs.protocol.low_priority import in_low_priority_thread

MAX_BYTES = 16 << 30
"""Of address space, including torch's own libraries: a config is foreign data and may ask for anything."""


def main() -> NoReturn:
    requests: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    # What a model's code prints goes to stderr, not between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if "--warm" in sys.argv:
        in_low_priority_thread(_import_everything, "warming").join()
    from transformers.utils import logging as hub

    hub.set_verbosity_error()
    logging.disable(logging.WARNING)
    from .answer import answer

    print("{}", file=answers, flush=True)
    while True:
        print(json.dumps(answer(json.loads(requests.get()))), file=answers, flush=True)


def _read(requests: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _import_everything() -> None:
    """By a trace of the smallest model: torch and transformers import most of their modules when they are first used."""
    import torch
    from transformers import LlamaConfig

    from ..workload import Workload
    from .trace import Tracer

    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 1}
    # A first request then fails with the reason.
    with contextlib.suppress(Exception):
        Tracer(LlamaConfig(vocab_size=8, **sizes), torch.bfloat16, kernels="sm_80").trace(Workload(8))


if __name__ == "__main__":
    main()
