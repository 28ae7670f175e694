"""`python -m lbs.imports.probe worker|server [SECONDS [MODULE]]`: imports what a worker or a server needs, in the environment at
hand; with MODULE nothing after it.

stdout: a JSON object per line: {"step": module} before each import, at last {"ready": true} or {"module", "error", "file",
"hangs", "user_site"}. `hangs`: it still imported after SECONDS. It exits when its stdin ends. Standard library only.
"""

import json
import os
import site
import sys
import threading
from collections.abc import Sequence

from lbs.imports.needed import SERVER_NEEDS, WORKER_NEEDS, CannotImport, import_all, innermost_file


def main() -> int:
    words = sys.argv[1:]
    needed: Sequence[tuple[str, str]] = SERVER_NEEDS if words[:1] == ["server"] else WORKER_NEEDS
    seconds = float(words[1]) if len(words) > 1 else 0.0
    if len(words) > 2:
        names = [module for module, _ in needed]
        needed = needed[: names.index(words[2]) + 1] if words[2] in names else ()
    # The output of an import goes to stderr.
    out = os.dup(1)
    os.dup2(2, 1)
    steps = ["python"]

    def write(**message: object) -> None:
        os.write(out, json.dumps(message).encode() + b"\n")

    def on_module(module: str) -> None:
        steps.append(module)
        write(step=module)

    def fail(module: str, error: str, file: "str | None", *, hangs: bool = False) -> None:
        user_site = site.getusersitepackages() if site.ENABLE_USER_SITE else None
        write(module=module, error=error, file=file, hangs=hangs, user_site=user_site)

    def late() -> None:
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        fail(steps[-1], "", innermost_file(frame), hangs=True)
        os._exit(1)

    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if seconds:
        timer = threading.Timer(seconds, late)
        timer.daemon = True
        timer.start()
    try:
        import_all(needed, on_module)
    except CannotImport as problem:
        fail(problem.module, problem.error, problem.file)
        return 1
    write(ready=True)
    return 0


def _exit_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    # A thread waits for stdin, and a package may have left others.
    os._exit(main())
