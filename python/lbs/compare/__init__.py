"""Compares finished runs item by item. Pure: what is stored comes in, what is shown goes out. No torch."""

from lbs.compare.compare import Compared, compare

__all__ = ["Compared", "compare"]
