"""GPUs by name: what assets/cards.tsv knows of them, and what was measured on those of this machine."""

from .kept import MeasuredContexts
from .names import CardNameError, cards_of_size, named_card, printed_card
from .table import KnownCard, known_cards

__all__ = [
    "CardNameError",
    "KnownCard",
    "MeasuredContexts",
    "cards_of_size",
    "known_cards",
    "named_card",
    "printed_card",
]
