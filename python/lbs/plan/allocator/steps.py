"""What a script consists of."""

from __future__ import annotations

Place = int | str
Step = int | list[Place]
"""Allocates a storage of n bytes (n >= 0), frees the n-th storage (-n), enters a place ([place]), ends a forward pass ([])."""
