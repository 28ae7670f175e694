"""What pydantic finds wrong with a value, as a phrase such as "must be a whole number"."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from .sentence import Sentence, say, verbatim

_Context = Mapping[str, object]
_FAMILIES: Mapping[str, Callable[[_Context], Sentence]] = {
    "missing": lambda _: say("validation.is_missing"),
    "extra_forbidden": lambda _: say("validation.is_unknown"),
    "int": lambda _: say("validation.not_an_integer"),
    "float": lambda _: say("validation.not_a_number"),
    "finite_number": lambda _: say("validation.not_a_number"),
    "bool": lambda _: say("validation.not_a_boolean"),
    "string_type": lambda _: say("validation.not_a_text"),
    "list_type": lambda _: say("validation.not_a_list"),
    "dict_type": lambda _: say("validation.not_an_object"),
    "model_type": lambda _: say("validation.not_an_object"),
    "model_attributes_type": lambda _: say("validation.not_an_object"),
    "literal_error": lambda context: say("validation.not_one_of", expected=_text(context, "expected")),
    "greater_than": lambda context: say("validation.not_above", bound=_text(context, "gt")),
    "greater_than_equal": lambda context: say("validation.below", bound=_text(context, "ge")),
    "less_than_equal": lambda context: say("validation.above", bound=_text(context, "le")),
    "string_too_short": lambda context: say("validation.too_short", least=_text(context, "min_length")),
    "string_too_long": lambda context: say("validation.too_long", most=_text(context, "max_length")),
    "string_pattern_mismatch": lambda context: say("validation.no_match", pattern=_text(context, "pattern")),
    "too_long": lambda context: say("validation.too_many", most=_text(context, "max_length")),
    "too_short": lambda _: say("validation.is_empty"),
}
"""By pydantic's type of error, or by its first word."""


def problem_of(error: Mapping[str, object]) -> Sentence:
    """`error`: one of `ValidationError.errors()`. A validator of ours may raise ValueError with a sentence; types that our
    models never raise keep pydantic's own message."""
    kind = str(error.get("type", ""))
    given = error.get("ctx")
    context = given if isinstance(given, dict) else {}
    own = context.get("error")
    if isinstance(own, ValueError) and own.args and isinstance(own.args[0], Sentence):
        return own.args[0]
    phrase = _FAMILIES.get(kind) or _FAMILIES.get(kind.split("_")[0])
    if phrase is None:
        return verbatim(str(error.get("msg", "invalid")).removeprefix("Value error, "))
    return phrase(context)


def unknown_problem(name: str, known: Iterable[str]) -> Sentence:
    """For a name that is not among `known`."""
    near = nearest(name, known)
    return say("validation.is_unknown") if near is None else say("validation.is_unknown_near", nearest=near)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar of the known names, whatever its case; None where none is similar."""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name[:100].casefold(), folded, n=1)
    return folded[found[0]] if found else None


def _text(context: _Context, name: str) -> str:
    """Without the English "or" of pydantic's lists."""
    return str(context.get(name)).replace(" or ", ", ")
