"""Sizes as people write them: `24GiB`, `24564 MiB`, `24 gb`. Pure."""

from __future__ import annotations

import re

from lbs.sentences import SentenceError, say, short

MIB = 1 << 20
GIB = 1 << 30
UNITS = {"MiB": MIB, "GiB": GIB, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(MiB|GiB|MB|GB)", re.ASCII | re.IGNORECASE)


class SizeError(SentenceError, ValueError):
    """A size that cannot be parsed."""


def parse_size(text: str) -> int:
    """Bytes of `24GiB`, `24564MiB` or `24GB`. Raises SizeError."""
    found = split_size(text)
    if found is None:
        raise SizeError(say("memory.invalid_size", text=short(repr(text))))
    return size_in(*found)


def split_size(text: str) -> tuple[str, str] | None:
    """Number and unit in their shortest form, such as ("22.5", "GiB"); None for anything else, and for less than a byte."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    whole, _, decimals = found[1].partition(".")
    decimals = decimals.rstrip("0")
    number = (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")
    unit = next(unit for unit in UNITS if unit.lower() == found[2].lower())
    return (number, unit) if size_in(number, unit) >= 1 else None


def size_in(number: str, unit: str) -> int:
    """Bytes."""
    return int(float(number) * UNITS[unit])
