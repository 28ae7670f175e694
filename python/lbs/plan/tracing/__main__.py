"""`python -m lbs.plan.tracing`: a request per line on stdin, an answer per line on stdout, until stdin ends. A first
line says that it is ready."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys

MAX_BYTES = 16 << 30
"""Of address space, including torch's own libraries: a config is foreign data and may ask for anything."""


def main() -> int:
    # What a model's code prints goes to stderr, not between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    from transformers.utils import logging as hub

    hub.set_verbosity_error()
    logging.disable(logging.WARNING)
    from .answer import answer

    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
