"""`python -u -m lbs.forkserver server|worker SOCKET`: forks warm servers or workers until its stdin ends.

stdout: a JSON object per line, {"state": "warming" | "warm" | "failed", "seconds", "rss" (bytes), "message"}.
A client connects and sends one line, {"python", "env", "folder"}, with three descriptors for stdin, stdout and stderr.
The answer is {"pid"} or {"refused"}, and {"exit"} when the process has exited; a line with a number sends it that signal,
and closing the connection kills it.
Exit code 0: the panel exited; 2: it cannot work; 3: it is out of date (see lbs/forkserver/import_key.py).
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    if sys.platform != "linux":
        print("lbs.forkserver works on Linux only.", file=sys.stderr)
        return 2
    from lbs.forkserver.forkserver import Forkserver
    from lbs.server.worker_environment import worker_environment
    from lbs.settings import Settings

    match sys.argv[1:]:
        case ["server", path]:
            pass
        case ["worker", path]:
            # Libraries read these at import; each worker brings its other variables along.
            os.environ.update(worker_environment(Settings.load(), os.environ))
        case _:
            print("usage: python -u -m lbs.forkserver server|worker SOCKET", file=sys.stderr)
            return 2
    return Forkserver("server" if sys.argv[1] == "server" else "worker", path).serve()


if __name__ == "__main__":
    sys.exit(main())
