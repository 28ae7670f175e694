"""Errors of a model path as API errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lbs.api.errors import ApiError
from lbs.models.model_dirs import BadPath, OutsideModelDirs
from lbs.sentences import sentence_of


@contextmanager
def model_path_errors() -> Iterator[None]:
    """Raises ApiError instead of BadPath and OutsideModelDirs."""
    try:
        yield
    except BadPath as error:
        raise ApiError(400, "invalid_model", sentence_of(error)) from None
    except OutsideModelDirs as error:
        raise ApiError(403, "outside_model_dirs", sentence_of(error)) from None
