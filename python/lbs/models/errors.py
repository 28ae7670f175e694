"""A model folder that cannot be used as it is."""

from __future__ import annotations

from lbs.sentences import SentenceError


class ModelFolderError(SentenceError, ValueError):
    """The sentence says what is wrong with the folder and the way out."""
