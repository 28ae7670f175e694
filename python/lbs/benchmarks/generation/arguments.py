"""What a model's forward takes: code beside a model's config may take less than transformers' own models do."""

from __future__ import annotations

import inspect
from typing import Any


def taken_by(model: Any, **given: Any) -> dict[str, Any]:
    """Those of `given` that its forward names, or may pass on."""
    named = inspect.signature(model.forward).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in named.values()):
        return given
    return {name: value for name, value in given.items() if name in named}
