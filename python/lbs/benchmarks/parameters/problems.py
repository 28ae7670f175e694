"""What pydantic finds wrong with a value, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lbs.sentences import Sentence, say, verbatim


def problem_of(item: Mapping[str, Any]) -> Sentence:
    """`item`: one of `ValidationError.errors()`. Rare kinds of errors keep pydantic's own English."""
    limits = item.get("ctx", {})
    match item["type"]:
        case "greater_than":
            return say("benchmarks.must_exceed", least=limits["gt"])
        case "greater_than_equal":
            return say("benchmarks.must_be_at_least", least=limits["ge"])
        case "less_than_equal":
            return say("benchmarks.must_be_at_most", most=limits["le"])
        case "literal_error":
            return say("benchmarks.must_be_one_of", known=str(limits["expected"]).replace(" or ", ", "))
        case "int_type" | "int_parsing" | "int_from_float":
            return say("benchmarks.must_be_integer")
        case "float_type" | "float_parsing" | "finite_number":
            return say("benchmarks.must_be_number")
        case "string_type":
            return say("benchmarks.must_be_text")
        case "list_type":
            return say("benchmarks.must_be_list")
        case "too_short":
            return say("benchmarks.must_not_be_empty")
        case "string_pattern_mismatch":
            return say("benchmarks.must_match", pattern=str(limits["pattern"]))
        case "missing":
            return say("benchmarks.is_missing")
    message = str(item["msg"]).removeprefix("Value error, ")
    return verbatim(f"{message[:1].lower()}{message[1:]}")
