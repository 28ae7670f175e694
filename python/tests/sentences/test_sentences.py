"""Each `say("room.name", ...)` in lbs names a template and gives it exactly its values; each template is used."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import lbs
from lbs.sentences import Sentence, say, verbatim

ROOT = Path(lbs.__file__).parent
# server.py runs on a Python that cannot import lbs.
ROOM_OF = {"say": "", "refuse": "server."}


def templates() -> dict[str, set[str]]:
    """The placeholders of each template by its code."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "sentences" / "en").glob("*.json")):
        for name, text in json.loads(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}.{name}"] = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    return found


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """File and line, code, and the names of the values; None where they come from a mapping."""
    for path in (*ROOT.rglob("*.py"), ROOT.parent / "server.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ROOM_OF:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: {node.func.id}() takes a literal code"
                names = [keyword.arg for keyword in node.keywords]
                given = None if None in names else {str(name) for name in names}
                yield f"{path}:{node.lineno}", ROOM_OF[node.func.id] + str(code.value), given


def test_every_call_names_a_template_and_gives_its_values() -> None:
    known = templates()
    for place, code, names in calls():
        assert code in known, f"{place}: {code} has no template"
        assert names is None or names == known[code], f"{place}: {code} takes {known[code]}"


def test_every_template_is_used() -> None:
    assert set(templates()) == {code for _, code, _ in calls()}


def test_the_packaged_app_contains_what_lbs_reads() -> None:
    builder = yaml.safe_load((ROOT.parents[1] / "electron-builder.yml").read_text("utf-8"))
    (resource,) = [resource for resource in builder["extraResources"] if resource["from"] == "python"]
    files = [path.relative_to(ROOT.parent) for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    left_out = [file for file in files if not any(file.match(pattern) for pattern in resource["filter"])]
    assert files and not left_out


def test_a_sentence_nests_and_travels() -> None:
    inner = Sentence("room.inner", {"size": 3}, "it is 3")
    outer = Sentence("room.outer", {"why": inner, "parts": ["a", inner]}, "because it is 3: a, it is 3")
    inner_json = {"code": "lbs.room.inner", "values": {"size": 3}, "text": "it is 3"}
    assert outer.as_json() == {
        "code": "lbs.room.outer",
        "values": {"why": inner_json, "parts": ["a", inner_json]},
        "text": "because it is 3: a, it is 3",
    }
    assert Sentence.from_json(outer.as_json()) == outer
    assert Sentence.from_json(verbatim("ENOSPC").as_json()) == verbatim("ENOSPC")
    assert verbatim("ENOSPC").as_json() == {"code": "verbatim", "values": {}, "text": "ENOSPC"}
    assert str(say("api.internal_error")) == say("api.internal_error").text


@pytest.mark.parametrize(
    "value", [None, [], "text", {"code": "a.b", "values": {}}, {"code": 1, "values": {}, "text": ""}]
)
def test_other_json_is_not_a_sentence(value: object) -> None:
    with pytest.raises(ValueError, match="a sentence has"):
        Sentence.from_json(value)
