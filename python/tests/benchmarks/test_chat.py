"""Chat templates, which are foreign code: used where they keep the question, bounded, and else left aside with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks.chat import Chat, without_thinking
from lbs.benchmarks.chat.renderer import Renderer

TURNS = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}"
OPEN = "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"


class Letters:
    """One token per character; `added` stand around a text, as a beginning and an end of sequence do."""

    eos_token, bos_token = "</s>", "<s>"
    special_tokens_map: ClassVar = {"eos_token": "</s>", "bos_token": "<s>"}

    def __init__(self, template: Any, added: tuple[list[int], list[int]] = ([], [])) -> None:
        self.chat_template = template
        self._added = added

    def get_chat_template(self) -> str:
        if isinstance(self.chat_template, str):
            return self.chat_template
        if "default" not in self.chat_template:
            raise ValueError("no default")
        return str(self.chat_template["default"])

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        before, after = self._added if add_special_tokens else ([], [])
        return {"input_ids": [*before, *map(ord, text), *after]}


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    shared = Renderer(seconds=60)
    yield shared
    shared.close()


def asked(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.mark.slow
def test_a_template_that_keeps_the_question_is_used(renderer: Renderer) -> None:
    chat = Chat(Letters({"default": TURNS + OPEN, "rag": "x"}, ([1], [2])), renderer=renderer)
    (prompt,) = chat.prompts([asked(" Why? ")], ["plain"])
    assert (prompt.kind, prompt.text) == ("chat", "<|user|>\n Why? </s>\n<|assistant|>\n")
    assert prompt.ids == [ord(letter) for letter in prompt.text]  # a template writes its own beginning of sequence
    frame = chat.frame("Read.\n\n", "\n\nAnswer:")
    assert "".join(map(chr, frame.before)) == "<|user|>\nRead.\n\n"
    assert "".join(map(chr, frame.after)) == "\n\nAnswer:</s>\n<|assistant|>\n"
    assert chat.notes == [] and chat.as_json()["kind"] == "chat" and chat.as_json()["date"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('no system') }}", "no system"),
        ("{% for %}", "raises an error"),
        ({"rag": TURNS, "tool_use": TURNS}, "rag, tool_use"),
        (TURNS, "ends with </s>"),
        (TURNS + OPEN + "</s>", "ends with </s>"),
        (TURNS.replace("</s>", "<end>"), "where the answer begins"),
        (TURNS.replace("m.content", "m.content | lower") + OPEN, "changes"),
        (TURNS.replace("m.content", "m.content | e") + OPEN, "changes"),
        (TURNS.replace("m.content", "m.content[:900]") + OPEN, "changes"),
        ("Hello." + OPEN, "changes"),
        (TURNS + TURNS + OPEN, "repeats"),
        ("{% for i in range(9) %}{{ range(1000) | random }}{% endfor %}" + TURNS + OPEN, "each time"),
        ("{{ '\\ud800' }}" + TURNS + OPEN, "surrogates"),
        ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "recursion"),
        ("{{ messages | tojson }}" + OPEN, "changes"),
        ("{{ 'a' * 10 ** 6 }}" + TURNS + OPEN, "far more text"),
        ("{{ 'a' * 10 ** 10 }}" + TURNS + OPEN, "memory"),
        ("{% set n = namespace(s='ab') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}", "memory"),
    ],
)
def test_another_is_left_aside_with_the_reason(renderer: Renderer, template: Any, reason: str) -> None:
    chat = Chat(Letters(template, ([1], [2])), renderer=renderer)
    assert chat.kind == "plain" and reason in chat.notes[0].text
    (prompt,) = chat.prompts([asked("Why?")], ["Why? Answer:"])
    assert (prompt.kind, prompt.ids) == ("plain", [1, *map(ord, "Why? Answer:")])  # no end of sequence
    assert chat.frame("lead", "tail").before == [1, *map(ord, "lead")]
    assert reason in str(chat.as_json()["reason"])


@pytest.mark.slow
def test_a_template_that_never_ends_is_given_up() -> None:
    endless = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    with Chat(Letters(endless), renderer=Renderer(seconds=1)) as chat:
        assert "longer than 1 s" in str(chat.reason)


@pytest.mark.slow
@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]"
        "{% else %}{{ m.content }}{% endif %}{% endfor %}",
        TURNS + OPEN + "{% if add_generation_prompt and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}",
        "You are {{ bos_token }} helpful.\n" + TURNS + OPEN,
    ],
)
def test_a_template_may_open_the_answer_in_its_own_way(renderer: Renderer, template: str) -> None:
    chat = Chat(Letters(template), renderer=renderer)
    assert chat.reason is None and chat.kind == "chat" and not chat.thinks


@pytest.mark.slow
def test_the_date_and_the_thinking_that_a_template_adds_are_named(renderer: Renderer) -> None:
    dated = Chat(Letters("{{ strftime_now('%Y') }} " + TURNS + OPEN), renderer=renderer)
    assert dated.as_json()["date"] and str(dated.as_json()["date"]) in dated.notes[0].text
    thinking = Chat(Letters(TURNS + OPEN + "{% if add_generation_prompt %}<think>\n{% endif %}"), renderer=renderer)
    assert thinking.thinks and "enable_thinking" in thinking.notes[0].text
    assert thinking.prompts([asked("Why?")], [""])[0].thinks and thinking.frame("a", "b").thinks


@pytest.mark.slow
def test_the_values_of_the_user_reach_the_template(renderer: Renderer) -> None:
    template = TURNS + "{{ style }}{{ enable_thinking }}" + OPEN
    chat = Chat(Letters(template), values={"style": "terse"}, enable_thinking=True, renderer=renderer)
    assert "terseTrue" in chat.prompts([asked("Why?")], [""])[0].text
    assert chat.as_json()["chat_template_kwargs"] == {"style": "terse"}


@pytest.mark.slow
def test_one_question_that_a_template_spoils_makes_all_prompts_plain(renderer: Renderer) -> None:
    spoiled = TURNS.replace("m.content", "m.content | replace('Rome', 'Paris')") + OPEN
    chat = Chat(Letters(spoiled), renderer=renderer)
    assert chat.kind == "chat"
    prompts = chat.prompts([asked("Where is Oslo?"), asked("Where is Rome?")], ["Oslo?", "Rome?"])
    assert [prompt.kind for prompt in prompts] == ["plain", "plain"] and "changes" in chat.notes[0].text


def test_a_model_without_a_template_or_a_run_without_it_needs_no_process() -> None:
    for chat in (Chat(Letters(None, ([1], [2]))), Chat(Letters(TURNS + OPEN, ([1], [2])), use_template=False)):
        assert chat.kind == "plain" and chat.reason is None and chat.notes == []
        assert chat.prompts([asked("x")], ["x"])[0].ids == [1, ord("x")]


@pytest.mark.parametrize(
    ("text", "opened", "thinking", "answer", "closed"),
    [
        ("42", False, "", "42", True),
        ("<think>\nhm\n</think>\n\n42", False, "hm", "42", True),
        ("hm\n</think>\n\n42", True, "hm", "42", True),
        ("hm, 42", True, "hm, 42", "", False),
        ("<think>hm, 42", False, "hm, 42", "", False),
        ("<think></think><think>more", False, "more", "", False),
        ("[THINK]hm[/THINK]42", False, "hm", "42", True),
        ("I <think> so: 42", False, "", "I <think> so: 42", True),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>42",
            False,
            None,
            "42",
            True,
        ),
    ],
)
def test_thinking_is_taken_off(text: str, opened: bool, thinking: str | None, answer: str, closed: bool) -> None:
    found = without_thinking(text, opened=opened)
    assert (found.answer, found.closed) == (answer, closed) and (thinking is None or found.thinking == thinking)


@given(st.text(alphabet="ab <>/think\n", max_size=40), st.booleans())
def test_an_answer_contains_no_tag_of_thinking_that_was_closed(text: str, opened: bool) -> None:
    found = without_thinking(text, opened=opened)
    assert "</think>" not in found.answer and found.answer in text and (found.closed or not found.answer)
