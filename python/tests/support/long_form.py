"""Whether the tests run in their long form, as `npm run faults` starts them; `npm test` runs one case of each kind."""

from __future__ import annotations

import os

FULL = os.environ.get("HEADROOM_FAULTS") == "full"
"""Read when pytest collects: each test clears the variable."""
