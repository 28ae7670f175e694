"""The base of every error that a person reads."""

from __future__ import annotations

from .sentence import Sentence


class SentenceError(Exception):
    """`sentence` is what the panel shows; `str()` is its English text."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence
