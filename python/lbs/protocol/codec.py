"""Messages as lines of JSON, and back."""

from __future__ import annotations

import json
import math
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from lbs.protocol.messages import ServerMessage, WorkerMessage
from lbs.sentences import Sentence, SentenceJson

# Longer than the result of any grid, so that a broken line cannot fill the memory.
MAX_LINE_BYTES = 64 * 1024 * 1024

_FROM_SERVER: TypeAdapter[ServerMessage] = TypeAdapter(Annotated[ServerMessage, Field(discriminator="type")])
_FROM_WORKER: TypeAdapter[WorkerMessage] = TypeAdapter(Annotated[WorkerMessage, Field(discriminator="type")])


T = TypeVar("T")


class MessageError(ValueError):
    """A line that is not a message."""


def encode(message: ServerMessage | WorkerMessage) -> bytes:
    """One line, newline included. Raises ValueError for NaN and infinities, which JSON does not have."""
    text = json.dumps(vars(message), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    return text.encode() + b"\n"


def decode_from_server(line: bytes) -> ServerMessage:
    """Raises MessageError."""
    return _decode(line, _FROM_SERVER)


def decode_from_worker(line: bytes) -> WorkerMessage:
    """Raises MessageError."""
    return _decode(line, _FROM_WORKER)


def _decode(line: bytes, adapter: TypeAdapter[T]) -> T:
    if len(line) > MAX_LINE_BYTES:
        raise MessageError(f"a line of {len(line)} bytes is too long")
    try:
        return adapter.validate_python(json.loads(line, parse_constant=_no_constant, parse_float=_finite))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise MessageError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from None


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


def _plain(value: object) -> SentenceJson:
    if isinstance(value, Sentence):
        return value.as_json()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _no_constant(name: str) -> None:
    """A NaN that came through would end in an answer that no client can read."""
    raise ValueError(f"{name} is not JSON")
