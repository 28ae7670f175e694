"""What a C-Eval run may ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from lbs.benchmarks.parameters.base import InvalidParameters, ParameterValues
from lbs.benchmarks.parameters.ceval_subjects import subject_key
from lbs.benchmarks.parameters.generating import GeneratingParameters
from lbs.sentences import say

Variant = Literal["lm-eval", "published"]
Scoring = Literal["loglikelihood", "generation"]
Split = Literal["val", "test"]

_PLAIN_ANSWER = 32
_CHAT_ANSWER = 256

Subject = Annotated[str, Field(pattern=r"^[^/\\\x00]*[^\W_][^/\\\x00]*$", max_length=200), AfterValidator(subject_key)]


class CEvalParameters(GeneratingParameters):
    """`variant`: whose wording and tokens. `subjects`: keys, English or Chinese names, None for all. `split`: the questions
    that are asked. `shots`: examples from dev before each question. `batch_size`: questions at a time, None for as many as
    fit. `limit`: questions of each subject, from the first, None for all. `max_new_tokens`: of a generated answer."""

    variant: Variant = "lm-eval"
    subjects: list[Subject] | None = Field(default=None, min_length=1)
    split: Split = "val"
    shots: int = Field(default=0, ge=0, le=100)
    chat_template: bool = False
    scoring: Scoring = "loglikelihood"
    max_new_tokens: int | None = Field(default=None, gt=0, le=4096)
    limit: int | None = Field(default=None, gt=0, le=1_000_000)

    @classmethod
    def read(cls, values: ParameterValues) -> Self:
        found = super().read(values)
        if found.enable_thinking and not (found.chat_template and found.scoring == "generation"):
            raise InvalidParameters(say("ceval.thinking_needs"))
        if found.chat_template_kwargs and not found.chat_template:
            raise InvalidParameters(say("ceval.values_need"))
        if (found.prefill_chunk or found.kv_cache != "gpu") and found.scoring != "generation":
            raise InvalidParameters(say("ceval.generation_needed"))
        return found

    @property
    def answer_tokens(self) -> int:
        """The most tokens of a generated answer. A chat model explains itself, so it gets more by default."""
        return self.max_new_tokens or (_CHAT_ANSWER if self.chat_template else _PLAIN_ANSWER)

    @property
    def new_tokens(self) -> int:
        """The most tokens that are generated for one question, thinking included."""
        if self.scoring == "loglikelihood":
            return 0
        return self.answer_tokens + self.thinking_tokens

    def changed(self, way: str, to: Any) -> ParameterValues:
        if way != "batch" and self.scoring == "loglikelihood":
            raise InvalidParameters(say("ceval.generation_needed"))
        return super().changed(way, to)
