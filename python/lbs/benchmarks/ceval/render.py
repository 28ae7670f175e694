"""The texts of all questions: plain, or by the model's chat template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lbs.benchmarks.ceval_data import Message, Question, messages, plain_prompt
from lbs.benchmarks.chat import Chat, PromptJson
from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters, Variant
from lbs.sentences import Sentence, say


@dataclass(frozen=True)
class Texts:
    """`made`: how. `thinks`: they end inside of thinking, which the template has opened. `notes`: what a person should know
    about that."""

    texts: list[str]
    made: PromptJson
    thinks: bool = False
    notes: Sequence[Sentence] = ()

    @property
    def chat(self) -> bool:
        return self.made["kind"] == "chat"


def render(tokenizer: Any, questions: Sequence[Question], parameters: CEvalParameters) -> Texts:
    """Raises InvalidParameters where a chat template is asked for and the model has none."""
    variant = parameters.variant
    plain = [plain_prompt(question, variant) for question in questions]
    if not parameters.chat_template:
        return Texts(plain, Chat(tokenizer, use_template=False).as_json())
    if not getattr(tokenizer, "chat_template", None):
        raise InvalidParameters(say("ceval.no_template"))
    conversations = [messages(question, variant) for question in questions]
    found = _rendered(tokenizer, conversations, plain, parameters)
    if found.chat:
        return found
    shorter = _rendered(tokenizer, [without_system(one, variant) for one in conversations], plain, parameters)
    if not shorter.chat:
        return found
    note = say("ceval.no_system") if variant == "lm-eval" else say("ceval.folded_system")
    return replace(shorter, notes=[*shorter.notes, note])


def _rendered(
    tokenizer: Any, conversations: list[list[Message]], plain: list[str], parameters: CEvalParameters
) -> Texts:
    thinking, values = parameters.enable_thinking, parameters.chat_template_kwargs
    with Chat(tokenizer, enable_thinking=thinking, values=values) as chat:
        prompts = chat.prompts(conversations, plain)
        thinks = any(prompt.thinks for prompt in prompts)
        return Texts([prompt.text for prompt in prompts], chat.as_json(), thinks, chat.notes)


def without_system(conversation: list[Message], variant: Variant) -> list[Message]:
    """For templates that take no system message: lm-evaluation-harness drops it, C-Eval puts it before the first turn."""
    system, first, *rest = conversation
    if variant == "lm-eval":
        return [first, *rest]
    return [{**first, "content": f"{system['content']}\n{first['content']}"}, *rest]
