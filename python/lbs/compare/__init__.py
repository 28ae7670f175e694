"""Compares runs item by item. Pure: what is stored comes in, what is shown goes out. No torch."""

from lbs.compare.compare import Compared, compare
from lbs.compare.units import Items, items_of

__all__ = ["Compared", "Items", "compare", "items_of"]
