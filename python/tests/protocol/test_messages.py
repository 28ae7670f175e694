from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.protocol.messages import MessageError, decode, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values))
def test_a_message_comes_back_as_it_was_in_one_line(content: dict) -> None:
    message = {**content, "type": "progress"}
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(st.binary(max_size=200))
def test_anything_else_is_an_error_not_a_crash(line: bytes) -> None:
    with contextlib.suppress(MessageError):
        assert isinstance(decode(line)["type"], str)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"type": "progress", "share": float("nan")})


@pytest.mark.parametrize("line", [b'{"type":"x","share":NaN}', b'{"type":"x","share":-Infinity}', b"[" * 100_000])
def test_what_no_client_could_be_told_is_refused_at_the_door(line: bytes) -> None:
    with pytest.raises(MessageError):
        decode(line)
