"""Whose connection is this? On Linux the kernel tells in /proc/net/tcp."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

Address = tuple[str, int]


def peer_uid(client: Address, server: Address) -> int | None:
    """The user id behind a connection from this machine; None where it cannot be told."""
    if not sys.platform.startswith("linux"):
        return None
    wanted = (_hex(client), _hex(server))
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _lines(table):
            cells = line.split()
            # sl local_address rem_address st queues timer retransmits uid: the client's own end is the local one.
            # Inode 0: its process has let go of it, and the kernel then shows root, whoever it was.
            if (cells[1], cells[2]) == wanted and cells[9] != "0":
                return int(cells[7])
    return None


def _lines(table: str) -> list[str]:
    try:
        return Path(table).read_text("ascii").splitlines()[1:]
    except OSError:
        # No IPv6 in this kernel.
        return []


def _hex(address: Address) -> str:
    """As the kernel prints it: 32-bit words in the machine's byte order, then the port."""
    packed = ipaddress.ip_address(address[0].split("%")[0]).packed
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return f"{b''.join(words).hex().upper()}:{address[1]:04X}"
