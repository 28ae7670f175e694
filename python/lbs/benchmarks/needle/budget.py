"""How many tokens an answer may have, derived from what it has to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lbs.benchmarks.needle.needles import longest_answers
from lbs.benchmarks.parameters import TASK_TYPES, NeedleParameters, TaskType

_SLACK = 16
_STEP = 16


def answer_budgets(tokenizer: Any, parameters: NeedleParameters, context_limit: int) -> Mapping[TaskType, int]:
    """Tokens by method: the requested ones, else half as many again as an answer that repeats each whole fact, and a few for
    an opening; at the end of the model's context, which has `context_limit` tokens, no more than the facts themselves."""
    room = context_limit - max(parameters.context_lengths or [0]) - parameters.thinking_tokens
    return {
        kind: parameters.max_new_tokens or _derived(tokenizer, parameters, kind, room) for kind in tasks_of(parameters)
    }


def tasks_of(parameters: NeedleParameters) -> list[TaskType]:
    return parameters.task_types or list(TASK_TYPES)


def _derived(tokenizer: Any, parameters: NeedleParameters, kind: TaskType, room: int) -> int:
    answers = longest_answers(kind, parameters.num_needles, parameters.language, parameters.value_type)
    longest = max(len(tokenizer(answer, add_special_tokens=False)["input_ids"]) for answer in answers)
    ample = -(-(longest * 3 // 2 + _SLACK) // _STEP) * _STEP
    return max(longest, min(ample, room))
