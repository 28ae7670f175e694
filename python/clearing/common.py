"""What the parts share."""

import os

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder of server.py: a backend of another checkout is not ours."""
DONE, NOT_CLEARED, WRONG_USE, CANNOT_TELL = 0, 1, 2, 3
MIB = 1 << 20


class Refused(Exception):
    """A sentence that says why not, and what to do."""
