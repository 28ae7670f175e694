"""What is wrong with a path that a call names, as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lbs.api.errors import ApiError
from lbs.models.model_dirs import BadPath, OutsideModelDirs


@contextmanager
def told_as_api_errors() -> Iterator[None]:
    try:
        yield
    except BadPath as error:
        raise ApiError(400, "invalid_model", str(error)) from None
    except OutsideModelDirs as error:
        raise ApiError(403, "outside_model_dirs", str(error)) from None
