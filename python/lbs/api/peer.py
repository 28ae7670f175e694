"""The user behind a local connection: Linux lists it in /proc/net/tcp."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

Address = tuple[str, int]


def peer_uid(client: Address, server: Address) -> int | None:
    """The user id of the client's process; None where it cannot be determined."""
    if not sys.platform.startswith("linux"):
        return None
    wanted = (_hex(client), _hex(server))
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _lines(table):
            cells = line.split()
            # sl local_address rem_address st queues timer retransmits uid timeout inode: the client's end is the local one.
            # Inode 0: no process has it open any more, and the kernel then shows root.
            if (cells[1], cells[2]) == wanted and cells[9] != "0":
                return int(cells[7])
    return None


def _lines(table: str) -> list[str]:
    try:
        return Path(table).read_text("ascii").splitlines()[1:]
    except OSError:
        # This kernel has no IPv6.
        return []


def _hex(address: Address) -> str:
    """In the kernel's format: 32-bit words in the machine's byte order, then the port."""
    packed = ipaddress.ip_address(address[0].split("%")[0]).packed
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return f"{b''.join(words).hex().upper()}:{address[1]:04X}"
