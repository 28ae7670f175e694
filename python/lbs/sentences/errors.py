"""The base of every error that a person reads."""

from __future__ import annotations

from .sentence import Sentence, verbatim


class SentenceError(Exception):
    """`sentence` is what the panel shows; `str()` is its English text."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.text)
        self.sentence = sentence


def sentence_of(error: BaseException) -> Sentence:
    """The sentence of our own errors; the text of any other, as it is."""
    return error.sentence if isinstance(error, SentenceError) else verbatim(str(error))
