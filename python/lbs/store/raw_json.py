"""JSON around values that are stored as JSON, which stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping


def with_raw(fields: Mapping[str, object], name: str, raw: str) -> str:
    """An object of `fields`, of which there is one at least, and `name` with the JSON text `raw` as its value."""
    return f"{json.dumps(fields, ensure_ascii=False)[:-1]}, {json.dumps(name)}: {raw}}}"


def json_array(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"
