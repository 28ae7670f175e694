"""What the model reads for each question, in text and in tokens.

Tokens of the variant `lm-eval` are those of lm-evaluation-harness 0.4.13 (`_encode_pair` of its models): prompt and letter
are tokenized together, and what follows the prompt's own tokens is the letter. `published` compares the next token alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lbs.benchmarks.ceval.render import Texts
from lbs.benchmarks.ceval_data import LETTERS, Question, letter_text
from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters
from lbs.sentences import say


@dataclass(frozen=True)
class Feed:
    """Tokens for one forward pass, and the `tails` whose log-probability its last positions give: a tail of n tokens is
    scored by the last n positions. `letters`: their numbers, 0 to 3."""

    ids: list[int]
    letters: list[int]
    tails: list[list[int]]


@dataclass(frozen=True)
class Prompt:
    """`feeds`: one where each letter is a single token, as it nearly always is. `ids`: the prompt without a letter."""

    question: Question
    text: str
    ids: list[int]
    feeds: list[Feed]

    @property
    def hash(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def longest(self) -> int:
        return max(len(feed.ids) for feed in self.feeds)


@dataclass(frozen=True)
class Prompts:
    """Of one run, in the order of its questions."""

    each: list[Prompt]
    rendered: Texts


def encode_prompts(
    tokenizer: Any, questions: Sequence[Question], rendered: Texts, parameters: CEvalParameters
) -> Prompts:
    """Raises InvalidParameters where the tokenizer does not tell the letters apart."""
    letters = [letter_text(letter, parameters.variant, chat=rendered.chat) for letter in LETTERS]
    pairs = zip(questions, rendered.texts, strict=True)
    prompts = [_prompt(tokenizer, question, text, letters, parameters) for question, text in pairs]
    if parameters.scoring == "loglikelihood" and any(_ambiguous(prompt) for prompt in prompts):
        raise InvalidParameters(say("ceval.no_letters"))
    return Prompts(prompts, rendered)


def _prompt(
    tokenizer: Any, question: Question, text: str, letters: Sequence[str], parameters: CEvalParameters
) -> Prompt:
    if parameters.scoring == "generation":
        ids = encode(tokenizer, text)
        return Prompt(question, text, ids, [Feed(ids, [], [])])
    if parameters.variant == "published":
        ids = encode(tokenizer, text)
        tails = [tokenizer.encode(letter, add_special_tokens=False)[-1:] for letter in letters]
        return Prompt(question, text, ids, _feeds(ids, tails))
    # A trailing space belongs to the first token of the answer.
    context = text.rstrip()
    ids = encode(tokenizer, context)
    tails = [encode(tokenizer, text + letter)[len(ids) :] for letter in letters]
    return Prompt(question, text, ids, _feeds(ids, tails))


def encode(tokenizer: Any, text: str) -> list[int]:
    """With the special tokens that the tokenizer adds before a text, none twice, and none after it."""
    first = tokenizer.bos_token or tokenizer.eos_token
    special = {"add_special_tokens": False} if first and text.startswith(first) else {}
    ids: list[int] = tokenizer.encode(text, **special)
    last = tokenizer.eos_token_id
    if len(ids) > 1 and ids[-1] == last and not text.endswith(tokenizer.eos_token):
        ids.pop()
    return ids


def _feeds(ids: list[int], tails: Sequence[list[int]]) -> list[Feed]:
    """Letters that differ in their last token alone share a forward pass."""
    feeds: dict[tuple[int, ...], Feed] = {}
    for letter, tail in enumerate(tails):
        feed = feeds.setdefault(tuple(tail[:-1]), Feed([*ids, *tail[:-1]], [], []))
        feed.letters.append(letter)
        feed.tails.append(tail)
    return list(feeds.values())


def _ambiguous(prompt: Prompt) -> bool:
    tails = [tuple(tail) for feed in prompt.feeds for tail in feed.tails]
    return len(set(tails)) < len(LETTERS) or () in tails
