"""`python -u -m lbs.forkserver server|worker SOCKET`: forks warm servers or workers until its stdin ends.

stdout: a JSON object per line, {"state": "warming" | "warm" | "failed", "seconds", "rss" (bytes), "message"}.
Who wants one connects and sends, with the three descriptors that become its stdin, stdout and stderr, one line
{"python", "env", "folder"}. The answer is {"pid"} or {"refused"}, and {"exit"} when it has ended; a line with a number
sends it that signal, and the end of the connection ends it.
Exit code 0: the panel is gone; 2: it cannot work; 3: it is out of date (see lbs/forkserver/import_key.py).
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
            # What libraries read when they are imported must be as in a worker; the rest each worker brings along.
            os.environ.update(worker_environment(Settings.load(), os.environ))
        case _:
            print("usage: python -u -m lbs.forkserver server|worker SOCKET", file=sys.stderr)
            return 2
    return Forkserver("server" if sys.argv[1] == "server" else "worker", path).serve()


if __name__ == "__main__":
    sys.exit(main())
