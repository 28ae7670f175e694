"""Requests made of the schema of the API: mostly what it allows, and now and then what it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

Schema = Mapping[str, Any]
Values = st.SearchStrategy[Any]

ODD_NUMBERS = (-1, 0, 0.5, 10**20, 10**30, -(2**63) - 1, 2**63, 1e30, float("nan"), float("inf"), True)
ODD_TEXTS = (
    *(
        "",
        "\0",
        " ",
        "a\0b",
        "x" * 5000,
        "/" + "x/" * 3000,
        "~nosuchuser/x",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/mem",
    ),
    *(
        "../../etc",
        "C-Eval/law",
        "C-Eval/../x",
        "NeedleInAHaystack",
        "needleinhaystack/x",
        "/",
        "//",
        "24GiB,24GiB",
        "-1GiB",
    ),
    *("\u4f1a\u8ba1", "\U0001f642", "e\u0301", "\u202e", "true", "null", "1e999", "nan", "%00", "done"),
)
_HALF = "\ud800"
_JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from(ODD_NUMBERS) | st.sampled_from((*ODD_TEXTS, _HALF)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@dataclass(frozen=True)
class Call:
    """`content`: the body as it is sent, None without one."""

    method: str
    url: str
    content: bytes | None


class Calls:
    """`texts`: of what there is in the API under test, such as ids and paths, which random text never hits."""

    def __init__(self, openapi: Schema, texts: Sequence[str]) -> None:
        self._openapi = openapi
        self._texts = st.sampled_from([*texts, *ODD_TEXTS]) | st.text(max_size=8)

    def of(self, method: str, path: str) -> st.SearchStrategy[Call]:
        operation = self._openapi["paths"][path][method.lower()]
        parameters = operation.get("parameters", ())
        inner = {one["name"]: self._text(one["schema"]) for one in parameters if one["in"] == "path"}
        known = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
        pairs = st.fixed_dictionaries({}, optional={name: self._text(one) for name, one in known.items()})
        odd = st.lists(st.tuples(st.sampled_from([*known, "unknown", ""]), st.sampled_from(ODD_TEXTS)), max_size=3)
        query = _mostly(pairs.map(lambda found: list(found.items())), odd)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        contents = st.none() if body is None else self._content(body)
        return st.builds(
            lambda values, query, content: Call(method, _url(path, values, query), content),
            st.fixed_dictionaries(inner),
            query,
            contents,
        )

    def _text(self, schema: Schema) -> Values:
        """As in a URL, where a list is its name several times."""
        return self._values(schema).map(lambda value: value if isinstance(value, str) else str(value)[:2000])

    def _content(self, schema: Schema) -> Values:
        sent = self._values(schema).map(lambda value: json.dumps(value).encode())
        return _mostly(sent, st.sampled_from([b"", b"{", b"\xff", b"[" * 5000, b'{"a":1,"a":2}']))

    def _values(self, schema: Schema) -> Values:
        return _mostly(self._proper(schema), _JSON)

    def _proper(self, schema: Schema) -> Values:
        if "$ref" in schema:
            return self._proper(self._openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in schema:
            return st.one_of(*(self._proper(one) for one in schema["anyOf"]))
        if "enum" in schema or "const" in schema:
            return st.sampled_from(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        simple: dict[str, Values] = {"null": st.none(), "boolean": st.booleans(), "string": self._texts}
        if kind in simple:
            return simple[kind]
        if kind in ("integer", "number"):
            return _numbers(schema, whole=kind == "integer")
        if kind == "array":
            return st.lists(self._values(schema["items"]), max_size=3)
        return self._object(schema)

    def _object(self, schema: Schema) -> Values:
        """At most one odd field: of several, the first would hide the others."""
        fields = {name: self._proper(field) for name, field in schema.get("properties", {}).items()}
        required = {name: field for name, field in fields.items() if name in schema.get("required", ())}
        optional = {name: field for name, field in fields.items() if name not in required}
        whole = st.fixed_dictionaries(required, optional=optional)
        names = st.sampled_from([*fields, "unknown", "seed", "depths", "limit", "task_types", _HALF])
        return _mostly(whole, st.builds(lambda one, name, odd: {**one, name: odd}, whole, names, _JSON))


def _mostly(proper: Values, odd: Values) -> Values:
    """The odd one a fourth of the time; `|` would drop a repeated alternative."""
    return st.integers(0, 3).flatmap(lambda number: odd if number == 3 else proper)


def _numbers(schema: Schema, *, whole: bool) -> Values:
    low, high = schema.get("minimum", -100), schema.get("maximum", 100)
    edges = [low, high, low - 1, high + 1, 2**63, 10**20, -(10**30)]
    return (st.integers(int(low), int(high)) if whole else st.floats(low, high)) | st.sampled_from(edges)


def _url(path: str, values: Mapping[str, str], query: Sequence[tuple[str, str]]) -> str:
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(_sendable(value), safe=""))
    pairs = [(name, _sendable(value)) for name, value in query]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _sendable(text: str) -> str:
    """A URL holds no half of a surrogate pair."""
    return text.encode(errors="replace").decode()
