"""What the installed transformers knows of model types, read from its source: importing it would import torch."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

_CAUSAL = "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"


@cache
def known_types() -> frozenset[str]:
    """Values of `model_type` that AutoConfig accepts; none where transformers is not installed."""
    return frozenset(
        {*_tables("configuration_auto.py", "auto_mappings.py").get("CONFIG_MAPPING_NAMES", {}), *causal_types()}
    )


@cache
def causal_types() -> frozenset[str]:
    """Those that AutoModelForCausalLM loads."""
    return types_in(_CAUSAL)


def types_in(table: str) -> frozenset[str]:
    """The model types of a table of modeling_auto.py, such as MODEL_FOR_MASKED_LM_MAPPING_NAMES."""
    return frozenset(_tables("modeling_auto.py").get(table, {}))


@cache
def has_tokenizer(model_type: str, class_name: str) -> bool:
    """Whether transformers has a tokenizer of its own for the type or by that name."""
    root = _package()
    text = (root / "models" / "auto" / "tokenization_auto.py").read_text("utf-8") if root else ""
    names = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    return not names.isdisjoint((model_type, class_name, class_name.removesuffix("Fast")))


@cache
def config_defaults(model_type: str) -> Mapping[str, object]:
    """Simple values that the type's config class assigns in its body, by name; none for an unknown type."""
    tables = _tables("configuration_auto.py", "auto_mappings.py")
    name = tables.get("CONFIG_MAPPING_NAMES", {}).get(model_type)
    folder = tables.get("SPECIAL_MODEL_TYPE_TO_MODULE_NAME", {}).get(model_type, model_type.replace("-", "_"))
    root = _package()
    file = root / "models" / folder / f"configuration_{folder}.py" if root and name else None
    if file is None or not file.is_file():
        return {}
    found: dict[str, object] = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            found.update(_assignments(node))
    return found


def _package() -> Path | None:
    spec = importlib.util.find_spec("transformers")
    return Path(spec.origin).parent if spec and spec.origin else None


@cache
def _tables(*files: str) -> dict[str, dict[str, str]]:
    """The constant pairs of each table of models/auto; a table that several files extend is merged."""
    root = _package()
    found: dict[str, dict[str, str]] = {}
    for name in files if root else ():
        assert root is not None
        for node in ast.walk(ast.parse((root / "models" / "auto" / name).read_text("utf-8"))):
            if table := _table_of(node):
                found.setdefault(table, {}).update(_pairs(node))
    return found


def _table_of(node: ast.AST) -> str | None:
    """The name that an assignment, or a call of `update`, fills."""
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        target = node.targets[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
        target = node.func.value
    return target.id if isinstance(target, ast.Name) else None


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Tuple) and len(part.elts) == 2:
            key, value = part.elts
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                # A value may be a pair of classes.
                yield key.value, str(value.value) if isinstance(value, ast.Constant) else ""
        elif isinstance(part, ast.Dict):
            for name, item in zip(part.keys, part.values, strict=True):
                if isinstance(name, ast.Constant) and isinstance(item, ast.Constant):
                    yield str(name.value), str(item.value)


def _assignments(node: ast.ClassDef) -> Iterator[tuple[str, object]]:
    for line in node.body:
        target: ast.expr | None = line.target if isinstance(line, ast.AnnAssign) else None
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            target = line.targets[0]
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            with suppress(ValueError):
                yield target.id, _value(value)


def _value(node: ast.expr) -> object:
    """Constants, and products of integers such as 4096 * 32. Raises ValueError."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _value(node.left), _value(node.right)
        if isinstance(left, int) and isinstance(right, int):
            return left * right
    value: object = ast.literal_eval(node)
    return value
