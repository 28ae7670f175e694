"""Why a folder or a file cannot be converted."""

from __future__ import annotations

from lbs.sentences import SentenceError


class ConvertError(SentenceError, ValueError):
    """The source cannot be used; the sentence says what to do."""
