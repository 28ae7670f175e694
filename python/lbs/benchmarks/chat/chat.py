"""One model's prompts: by its chat template, or plain where it has none or one that cannot be used."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypedDict

from lbs.benchmarks.chat.checks import ANSWER, PROBE, lost_content, wrong_end
from lbs.benchmarks.chat.renderer import Renderer, TemplateError
from lbs.benchmarks.chat.thinking import opens_thinking
from lbs.sentences import Sentence, SentenceJson, say

Kind = Literal["chat", "plain"]
Message: TypeAlias = Mapping[str, str]
"""`role` and `content`."""
Conversation: TypeAlias = Sequence[Message]

_MARK = "\u2603HAYSTACK\u2603"


@dataclass(frozen=True)
class Prompt:
    """`ids` are the tokens of `text`, with those that the tokenizer puts before any text. `thinks`: it ends inside of
    thinking, which the template has opened."""

    kind: Kind
    text: str
    ids: list[int] = field(repr=False)
    thinks: bool = False


@dataclass(frozen=True)
class Frame:
    """Token ids before and after a text that the caller puts between them."""

    kind: Kind
    before: list[int]
    after: list[int]
    thinks: bool = False


class PromptJson(TypedDict):
    """How the prompts of a result were made. `reason`: why they are plain although the model has a chat template; `date`: the
    day that the template put into them; `template`: a hash of it."""

    kind: Kind
    reason: str | None
    reason_sentence: SentenceJson | None
    template: str | None
    enable_thinking: bool
    chat_template_kwargs: dict[str, Any]
    date: str | None


class Chat:
    """For one tokenizer and one run, as a context manager: a process renders the templates until it is closed.

    The template is tried on a probe at first. If it fails, loses or changes the text, or does not end where the answer
    begins, all prompts are plain and `reason` says why; `use_template=False` makes them plain without a reason.
    `values`: the user's chat_template_kwargs, which win over the flags for thinking.
    """

    def __init__(
        self,
        tokenizer: Any,
        *,
        enable_thinking: bool = False,
        values: Mapping[str, Any] | None = None,
        use_template: bool = True,
        renderer: Renderer | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._renderer = renderer or Renderer()
        self._enable_thinking = enable_thinking
        self._own_values = dict(values or {})
        # Qwen3 reads the one name, DeepSeek and Granite the other.
        self._values = {"enable_thinking": enable_thinking, "thinking": enable_thinking, **self._own_values}
        self._template: str | None = None
        self._hash: str | None = None
        self._date: str | None = None
        self.reason: Sentence | None = None
        """Why the prompts are plain although the model has a chat template."""
        self.thinks = False
        """The template opens the thinking, whatever was asked."""
        self._lead = _added_before(tokenizer)
        if use_template:
            self._try_template()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process that renders; a later prompt starts it again."""
        self._renderer.close()

    @property
    def kind(self) -> Kind:
        return "plain" if self._template is None else "chat"

    def prompts(self, conversations: Sequence[Conversation], plain: Sequence[str]) -> list[Prompt]:
        """A prompt for each conversation, whose last message is the user's; `plain`: their texts for a model without a usable
        template. All are of one kind: where the template spoils one of them, `reason` says so and all are plain."""
        if self._template is not None:
            try:
                texts = self._checked(conversations)
                return [Prompt("chat", text, self._ids(text), opens_thinking(text)) for text in texts]
            except TemplateError as error:
                self._give_up(error.sentence)
        return [Prompt("plain", text, [*self._lead, *self._ids(text)]) for text in plain]

    def frame(self, lead: str, tail: str) -> Frame:
        """What stands before and after a text between `lead` and `tail`."""
        if self._template is not None:
            try:
                (text,) = self._checked([[{"role": "user", "content": f"{lead}{_MARK}{tail}"}]])
                before, _, after = text.partition(_MARK)
                return Frame("chat", self._ids(before), self._ids(after), opens_thinking(text))
            except TemplateError as error:
                self._give_up(error.sentence)
        return Frame("plain", [*self._lead, *self._ids(lead)], self._ids(tail))

    def as_json(self) -> PromptJson:
        return {
            "kind": self.kind,
            "reason": None if self.reason is None else self.reason.text,
            "reason_sentence": None if self.reason is None else self.reason.as_json(),
            "template": self._hash,
            "enable_thinking": self._enable_thinking,
            "chat_template_kwargs": self._own_values,
            "date": self._date,
        }

    @property
    def notes(self) -> list[Sentence]:
        """For the notes of a result."""
        notes = [say("chat.prompt_plain", reason=self.reason)] if self.reason else []
        if self._date:
            notes.append(say("chat.dated", date=self._date))
        if self.thinks and not self._enable_thinking:
            notes.append(say("chat.thinks"))
        return notes

    def _given_template(self) -> str | None:
        """Raises TemplateError where there are several and none is the default."""
        if not getattr(self._tokenizer, "chat_template", None):
            return None
        try:
            return str(self._tokenizer.get_chat_template())
        except ValueError:
            names = ", ".join(sorted(self._tokenizer.chat_template))
            raise TemplateError(say("chat.no_default", names=names)) from None

    def _try_template(self) -> None:
        try:
            self._template = self._given_template()
            if self._template is None:
                return
            self._hash = hashlib.sha256(self._template.encode()).hexdigest()[:16]
            probe = [{"role": "user", "content": PROBE}]
            first, second = self._checked([probe, probe])
            if first != second:
                raise TemplateError(say("chat.random"))
            (unopened,) = self._render([probe], generation_prompt=False)
            eos = getattr(self._tokenizer, "eos_token", None)
            if problem := wrong_end(first, unopened, self._answered(probe), eos):
                raise TemplateError(problem)
            self.thinks = opens_thinking(first)
        except TemplateError as error:
            self._give_up(error.sentence)

    def _answered(self, probe: Conversation) -> str | None:
        try:
            return self._render([[*probe, {"role": "assistant", "content": ANSWER}]], generation_prompt=False)[0]
        except TemplateError:
            return None

    def _checked(self, conversations: Sequence[Conversation]) -> list[str]:
        texts = self._render(conversations)
        for text, conversation in zip(texts, conversations, strict=True):
            if problem := lost_content(text, conversation):
                raise TemplateError(problem)
        return texts

    def _render(self, conversations: Sequence[Conversation], *, generation_prompt: bool = True) -> list[str]:
        assert self._template is not None
        values = {**self._tokenizer.special_tokens_map, **self._values}
        rendered = self._renderer(self._template, conversations, values, generation_prompt=generation_prompt)
        if rendered.dated:
            self._date = datetime.date.today().isoformat()
        return rendered.texts

    def _give_up(self, reason: Sentence) -> None:
        self.reason, self._template, self.thinks, self._date = reason, None, False, None

    def _ids(self, text: str) -> list[int]:
        """Without what a tokenizer adds around a text: an end of sequence in front of the answer would end it."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def _added_before(tokenizer: Any) -> list[int]:
    """The tokens that the tokenizer itself puts before a text, such as a beginning of sequence."""
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    full = list(tokenizer("a")["input_ids"])
    for place in range(len(full) - len(bare) + 1):
        if full[place : place + len(bare)] == bare:
            return full[:place]
    return []
