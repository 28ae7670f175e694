"""GPUs for tests that need one only on paper."""

from __future__ import annotations

from lbs.memory.limit import GIB, Card

ONE_CARD = Card(0, "GPU-0", "A GPU", 24 * GIB, 24 * GIB, 0, (8, 0))
