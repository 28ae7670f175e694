"""Every message of both ends comes back as it was; anything else is an error, not a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.protocol import codec, messages
from lbs.protocol.codec import MessageError, decode_from_server, decode_from_worker, encode
from lbs.protocol.messages import Cleared, RunResult, ServerMessage, Stage, WorkerMessage
from lbs.sentences import Sentence, SentenceJson

Decode = Callable[[bytes], ServerMessage | WorkerMessage]
BOTH: list[Decode] = [decode_from_server, decode_from_worker]

numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
objects = st.dictionaries(st.text(), values, max_size=2)
codes = st.text().filter(lambda code: not code.startswith("lbs."))
sentences = st.recursive(
    st.builds(Sentence, codes, st.dictionaries(st.text(), st.text() | st.integers() | numbers), st.text()),
    lambda inner: st.builds(
        Sentence, codes, st.dictionaries(st.text(), inner | st.lists(st.text() | inner)), st.text()
    ),
    max_leaves=3,
)
st.register_type_strategy(SentenceJson, sentences.map(Sentence.as_json))
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    float: numbers,
    messages.JsonObject: objects,
    dict[str, messages.JsonObject]: st.dictionaries(st.text(), objects, max_size=2),
    Sentence: sentences,
    Sentence | None: st.none() | sentences,
}


def messages_of(union: Any) -> st.SearchStrategy[Any]:
    kinds = []
    for kind in get_args(union):
        hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "type"}
        kinds.append(st.builds(kind, **{name: BY_TYPE.get(hint, st.from_type(hint)) for name, hint in hints.items()}))
    return st.one_of(kinds)


@given(messages_of(ServerMessage))
def test_the_servers_messages_come_back_as_they_were_in_one_line(message: ServerMessage) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_from_server(line) == message


@given(messages_of(WorkerMessage))
def test_the_workers_messages_come_back_as_they_were_in_one_line(message: WorkerMessage) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_from_worker(line) == message


def test_each_end_refuses_its_own_messages() -> None:
    with pytest.raises(MessageError, match="cleared"):
        decode_from_server(encode(Cleared(freed=1)))


@pytest.mark.parametrize("decode", BOTH)
@given(line=st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_message_error(decode: Decode, line: bytes) -> None:
    try:
        assert decode(line).type
    except MessageError as error:
        assert str(error)


@pytest.mark.parametrize("decode", BOTH)
@given(message=st.fixed_dictionaries({"type": st.sampled_from(["run", "item", "error", "memory", "hello"])}) | objects)
def test_any_json_is_a_message_or_a_message_error(decode: Decode, message: dict[str, Any]) -> None:
    try:
        assert decode(json.dumps(message).encode()).type
    except MessageError as error:
        assert str(error)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode(Stage("a", "loading", float("nan")))
    with pytest.raises(ValueError, match="JSON compliant"):
        encode(RunResult("a", {"score": float("inf")}))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "[" * 100_000])
@pytest.mark.parametrize("decode", BOTH)
def test_numbers_outside_json_are_refused(decode: Decode, number: str) -> None:
    with pytest.raises(MessageError, match="not JSON"):
        decode(b'{"type":"stage","req_id":"a","stage":"loading","share":%s}' % number.encode())


@pytest.mark.parametrize("decode", BOTH)
def test_a_line_that_is_too_long_is_refused(decode: Decode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_LINE_BYTES", 10)
    with pytest.raises(MessageError, match="too long"):
        decode(b'{"type":"clear"}')
