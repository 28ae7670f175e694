"""Finds a card by the name that a person types or that nvidia-smi prints, whatever its case and spaces."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from lbs.sentences import SentenceError, say, short

from .table import KnownCard, known_cards

_NOISE = frozenset({"nvidia", "geforce", "tesla", "generation", "edition", "gpu", "graphics", "card"})
"""Words that tell no card from another."""
_GLUED = re.compile(r"^(?:nvidia|geforce|tesla)+|(?:generation|edition|gpu)+$")
_SIZE = re.compile(r"(?<![a-z0-9.])(\d{1,6}(?:\.\d{1,3})?)\s*(gib|gb|g|mib|mb)\b", re.IGNORECASE)
_UNITS = {"g": 1 << 30, "gib": 1 << 30, "gb": 1 << 30, "mib": 1 << 20, "mb": 1 << 20}
"""A card's GB is 2^30 bytes."""
_LEAST, _MOST = 0.93, 1.13
"""Sizes by which cards are sold, as shares of what NVML reports."""
_PREFIX = re.compile(r"^[rg]tx(?=[a-z]{0,3}\d)")
_MOST_NAMES = 8
_LONGEST = 100


class CardNameError(SentenceError, ValueError):
    """A name that is no card's, or that of several cards."""


class NamedCard(NamedTuple):
    """`printed`: its name as nvidia-smi prints it; `variants`: the names among which it has the least memory, where `text`
    does not say which is meant."""

    card: KnownCard
    printed: str
    variants: tuple[str, ...] = ()


def named_card(text: str) -> NamedCard:
    """The card that `text` names. A size tells variants apart, and must be true. Raises CardNameError."""
    name = text[:_LONGEST]
    sizes = _SIZE.findall(name)
    cards = _said_as(name) or (_printed_as(name) if sizes else [])
    if not cards and len(sizes) == 1:
        number, unit = sizes[0]
        cards = _of_size(text, float(number) * _UNITS[unit.casefold()], _variants(_SIZE.sub(" ", name)))
    cards = cards or _variants(name)
    card = _only(text, cards)
    printed = next((printed for printed in card.printed if _key(printed) == _key(name)), card.printed[0])
    return NamedCard(card, printed, () if _equal(cards) else tuple(one.name for one in cards))


def printed_card(name: str, total: int) -> KnownCard | None:
    """The card that nvidia-smi prints as `name`, with NVML's `total` bytes; None where the table has none."""
    found = [card for card in known_cards() if name in card.printed and _is_near(total, card)]
    return min(found, key=lambda card: abs(card.total - total), default=None)


def cards_of_size(size: int) -> list[KnownCard]:
    """Those that are sold as having so many bytes."""
    return [card for card in known_cards() if _is_near(size, card)]


def _said_as(name: str) -> list[KnownCard]:
    key = _key(name)
    return [card for card in known_cards() if key in _said(card)]


def _printed_as(name: str) -> list[KnownCard]:
    key = _key(name)
    return [card for card in known_cards() if key in _printed(card)]


def _variants(name: str) -> list[KnownCard]:
    """The cards of this name, whatever their memory; else those with all its words."""
    key, words = _key(name), set(_words(name))
    if not key:
        return []
    same = [card for card in known_cards() if key in _without_size(card)]
    return same or [card for card in known_cards() if any(words <= one for one in _word_sets(card))]


def _of_size(text: str, size: float, cards: Sequence[KnownCard]) -> list[KnownCard]:
    near = [card for card in cards if _is_near(size, card)]
    if cards and not near:
        found = ", ".join(f"{card.name} ({card.total >> 20} MiB)" for card in cards[:_MOST_NAMES])
        raise CardNameError(say("plan.gpu_of_another_size", text=short(repr(text)), cards=found))
    closest = min((abs(card.total - size) for card in near), default=0)
    return [card for card in near if abs(card.total - size) == closest]


def _is_near(size: float, card: KnownCard) -> bool:
    return _LEAST * card.total <= size <= _MOST * card.total


def _only(text: str, cards: Sequence[KnownCard]) -> KnownCard:
    if not cards:
        raise CardNameError(say("plan.unknown_gpu", text=short(repr(text)), names=", ".join(_nearest(text))))
    if not _equal(cards) and len({_key(_SIZE.sub(" ", card.name)) for card in cards}) > 1:
        names = ", ".join(card.name for card in cards[:_MOST_NAMES])
        raise CardNameError(say("plan.ambiguous_gpu", text=short(repr(text)), names=names))
    return min(cards, key=lambda card: card.usable) if not _equal(cards) else cards[0]


def _equal(cards: Sequence[KnownCard]) -> bool:
    return all(cards[0].equals(card) for card in cards)


def _nearest(text: str) -> list[str]:
    by_key = {key: card.name for card in known_cards() for key in _said(card)}
    keys = difflib.get_close_matches(_key(text[:_LONGEST]), by_key, n=6, cutoff=0.5)
    return list(dict.fromkeys(by_key[key] for key in keys))[:3] or ["RTX 4090", "L40S", "A100 80GB"]


@cache
def _said(card: KnownCard) -> frozenset[str]:
    return _keys((card.name, *card.also))


@cache
def _printed(card: KnownCard) -> frozenset[str]:
    return frozenset(_key(name) for name in card.printed)


@cache
def _word_sets(card: KnownCard) -> list[set[str]]:
    return [set(_words(name)) for name in _all_names(card)]


@cache
def _without_size(card: KnownCard) -> frozenset[str]:
    names = list(_all_names(card))
    return _keys([*names, *(_SIZE.sub(" ", name) for name in names)])


def _keys(names: Iterable[str]) -> frozenset[str]:
    """Also without RTX or GTX in front."""
    keys = {_key(name) for name in names}
    return frozenset(keys | {_PREFIX.sub("", key) for key in keys})


def _all_names(card: KnownCard) -> Iterable[str]:
    return (card.name, *card.printed, *card.also)


def _key(name: str) -> str:
    """Also without its spaces a name has no maker in front and no "GPU" at its end."""
    return _GLUED.sub("", "".join(_words(name)))


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", name.casefold()) if word not in _NOISE]
