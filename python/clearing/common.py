"""Shared by all parts."""

import os

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder of server.py, which tells our backend from that of another checkout."""
DONE, NOT_CLEARED, WRONG_USE, CANNOT_TELL = 0, 1, 2, 3
MIB = 1 << 20


class Refused(Exception):
    """The message says why not, and what to do."""
