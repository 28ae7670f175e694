"""`python -u -m lbs.forkserver`, with HEADROOM_FORKSERVER=SOCKET: forks warm workers until its stdin ends.

stdout: a JSON object per line, {"state": "warming" | "warm" | "failed", "seconds", "rss" (bytes), "message"}.
A server connects for each worker and sends, with the three descriptors that become its stdin, stdout and stderr, one
line {"key", "env", "folder"}. The answer is {"pid"} or {"refused"}, and {"exit"} when it has ended; the line `kill` ends
it before. Exit code 0: the panel is gone; 2: it cannot work; 3: it is out of date (see lbs/import_key.py).
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    if sys.platform != "linux":
        print("lbs.forkserver works on Linux only.", file=sys.stderr)
        return 2
    from lbs.settings import Settings, SettingsError
    from lbs.worker_environment import worker_environment

    try:
        # What libraries read when they are imported must be as in a worker; the rest each worker brings along.
        for name, value in worker_environment(Settings.load(), os.environ).items():
            os.environ[name] = value
    except SettingsError as error:
        print(f"headroom: {error}", file=sys.stderr)
        return 2
    from lbs.forkserver.forkserver import Forkserver

    return Forkserver(os.environ["HEADROOM_FORKSERVER"]).serve()


if __name__ == "__main__":
    sys.exit(main())
