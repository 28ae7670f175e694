"""What a person reads of the backend: a code with its values, so that the panel can word it in its language.

The English templates are in `en/<room>.json`; the panel has their Chinese (a test compares the two). No torch here.
"""

from .errors import SentenceError
from .sentence import Sentence, SentenceJson, SentenceValue, as_sentence, say, sentence_of, short, verbatim
from .validation import nearest, problem_of, unknown_problem

__all__ = [
    "Sentence",
    "SentenceError",
    "SentenceJson",
    "SentenceValue",
    "as_sentence",
    "nearest",
    "problem_of",
    "say",
    "sentence_of",
    "short",
    "unknown_problem",
    "verbatim",
]
