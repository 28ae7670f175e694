"""What a run may ask of a model's chat template."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from lbs.benchmarks.parameters.base import Parameters
from lbs.sentences import say

_MOST_NAMES = 16
_MOST_CHARACTERS = 4096
_OURS = {
    "messages",
    "tools",
    "documents",
    "conversations",
    "chat_template",
    "add_generation_prompt",
    "continue_final_message",
    "return_assistant_tokens_mask",
}
"""Names that the rendering itself gives to a template."""


def _bounded(values: dict[str, Any]) -> dict[str, Any]:
    if len(values) > _MOST_NAMES or len(json.dumps(values)) > _MOST_CHARACTERS:
        raise ValueError(say("validation.too_many_values", names=_MOST_NAMES, characters=_MOST_CHARACTERS))
    for name in values:
        if not name.isidentifier() or name.startswith("_") or name in _OURS:
            raise ValueError(say("validation.not_a_value", name=repr(name[:80])))
    return values


TemplateValues = Annotated[dict[str, Any], AfterValidator(_bounded)]
"""`chat_template_kwargs`: variables of the template, such as {"reasoning_effort": "low"}."""


class ThinkingParameters(Parameters):
    """`enable_thinking`: asks the chat template for thinking, which is taken off before scoring; `thinking_budget`: its tokens,
    apart from the answer's."""

    enable_thinking: bool = False
    thinking_budget: int = Field(default=1024, gt=0, le=65536)
    chat_template_kwargs: TemplateValues | None = None

    @property
    def thinking_tokens(self) -> int:
        """Tokens that a plan counts beside the answer's."""
        return self.thinking_budget if self.enable_thinking else 0
