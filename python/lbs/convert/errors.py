"""Why a folder cannot be converted."""

from __future__ import annotations


class ConvertError(ValueError):
    """The folder or a pickle in it cannot be used; the message says what to do."""
