"""Whether the model accepts the lengths of a run: by its config alone, before the run is queued."""

from __future__ import annotations

from lbs.api.errors import ApiError
from lbs.benchmarks.parameters import NeedleParameters, ParameterValues, read_parameters
from lbs.plan import ModelError, check_context, read_model
from lbs.sentences import sentence_of
from lbs.settings import Settings


def check_lengths(dataset: str, values: ParameterValues, model: str, settings: Settings) -> None:
    """Every requested context with the answer after it. Raises ApiError. Default lengths adapt to the model."""
    try:
        found = read_model(model, "auto", trust_remote_code=settings.trust_remote_code)
    except ModelError as error:
        raise ApiError(400, "invalid_model", sentence_of(error)) from None
    parameters = read_parameters(dataset, values)
    if not isinstance(parameters, NeedleParameters):
        return
    try:
        for length in sorted(parameters.context_lengths or [], reverse=True):
            # Without max_new_tokens an answer takes one token at least; the run derives the rest from its needles.
            check_context(found, length, (parameters.max_new_tokens or 1) + parameters.thinking_tokens)
    except ModelError as error:
        raise ApiError(400, "invalid_parameters", sentence_of(error)) from None
