"""Traces at a few contexts and batches, and every size between them. No torch."""

from .curves import Curves

__all__ = ["Curves"]
