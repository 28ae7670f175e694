"""GPUs by name, by size and by both, as `--gpu` and the API's `gpus` take them."""

from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.memory.limit import MIB
from lbs.memory.limit_value import NO_LIMIT
from lbs.memory.size import SizeError
from lbs.plan import make_plan, parse_gpus
from lbs.plan.__main__ import as_text
from lbs.plan.cards import CardNameError, KnownCard, known_cards, printed_card
from lbs.plan.cards.table import Kind, Source
from lbs.sentences import SentenceError
from tests.plan.test_plan import ask, linear

CARDS = st.sampled_from(known_cards())


def name_of(text: str) -> str:
    (gpu,) = parse_gpus(text)
    return gpu.card.name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("T4", "Tesla T4"),
        ("V100", "Tesla V100-SXM2-16GB"),
        ("V100 32GB", "Tesla V100-SXM2-32GB"),
        ("2080 Ti", "NVIDIA GeForce RTX 2080 Ti"),
        ("3090", "NVIDIA GeForce RTX 3090"),
        ("RTX 4090", "NVIDIA GeForce RTX 4090"),
        ("rtx5090", "NVIDIA GeForce RTX 5090"),
        ("L40S", "NVIDIA L40S"),
        ("A100", "NVIDIA A100-SXM4-40GB"),
        ("A100 80GB", "NVIDIA A100-SXM4-80GB"),
        ("H100", "NVIDIA H100 80GB HBM3"),
        ("H200", "NVIDIA H200"),
        ("B200", "NVIDIA B200"),
        ("GB10", "NVIDIA GB10"),
    ],
)
def test_each_kind_of_card_has_a_plan(text: str, name: str) -> None:
    plan = make_plan(ask(text, limit=0), linear)
    (gpu,) = plan.gpus
    card = gpu.gpu.card
    assert card.name == name and plan.verdict == "fits"
    assert gpu.allowed == card.usable - card.overhead - card.margin < card.total
    assert plan.as_json()["gpus"][0]["context_source"] == "predicted"


def test_the_variant_with_the_least_memory_is_planned_and_named() -> None:
    plan = make_plan(ask("2x A100, V100 32GB", limit=0), linear)
    assert [gpu.gpu.card.name for gpu in plan.gpus[:2]] == ["NVIDIA A100-SXM4-40GB"] * 2
    assert str(plan.reason).count("A100 can be A100 40GB, A100 80GB: the plan is for NVIDIA A100-SXM4-40GB") == 1
    assert "V100" not in str(plan.reason)


def test_a_process_gets_less_than_the_marketing_size() -> None:
    (l40s,), (t4,), (h100,) = (parse_gpus(text) for text in ("L40S 48 GiB", "T4 16GB", "H100 80GB"))
    # The 44,935 MiB, and 1.0 and 0.8 GiB less than sold.
    assert l40s.card.usable - l40s.card.overhead == pytest.approx(44_935 * MIB, rel=0.001)
    assert (16384 * MIB - t4.card.usable + t4.card.overhead) / 1024 / MIB == pytest.approx(1.5, abs=0.1)
    assert (81920 * MIB - h100.card.usable) / 1024 / MIB == pytest.approx(0.9, abs=0.1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A100 40 gib", "NVIDIA A100-SXM4-40GB"),
        ("NVIDIA A100 80GB PCIe", "NVIDIA A100 80GB PCIe"),
        ("NVIDIA GH200 480GB", "NVIDIA GH200 480GB"),
        ("RTX 3080 12GB", "NVIDIA GeForce RTX 3080"),
        ("rtx 4090 laptop", "NVIDIA GeForce RTX 4090 Laptop GPU"),
        ("RTX PRO 6000", "NVIDIA RTX PRO 6000 Blackwell Workstation Edition"),
        ("Jetson Orin 32GB", "Orin"),
        ("dgx spark", "NVIDIA GB10"),
        ("24564MiB", "GPU 24564MiB"),
    ],
)
def test_a_size_or_a_word_tells_variants_apart(text: str, name: str) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("RTX 6000", "name one of Quadro RTX 6000, RTX 6000 Ada, RTX PRO 6000."),
        ("RTX 3090 12GB", "'RTX 3090 12GB' does not exist, only RTX 3090 (24576 MiB)"),
        ("A100 64GB", "only A100 40GB (40960 MiB), A100 80GB (81920 MiB)"),
        ("RTX 4909", "name one such as RTX 4090"),
        ("RTX 4090,", "No GPU is known as ''"),
        ("0GiB", "No GPU is known as '0GiB'"),
        ("65x T4", "at most 64"),
        ("9999x T4,9999x T4", "at most 64"),
    ],
)
def test_a_name_that_is_not_one_card_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises((CardNameError, SizeError), match=re.escape(sentence)):
        parse_gpus(text)


@given(CARDS, st.booleans(), st.integers(0, 3), st.sampled_from([str.lower, str.upper, str]))
def test_every_card_is_found_by_each_name_whatever_its_case_and_spaces(
    card: KnownCard, prefix: bool, spaces: int, case: type[str]
) -> None:
    for name in (card.name, *card.also):
        text = ("NVIDIA " if prefix else "") + (" " * spaces).join(name.split(" ")) if spaces else name.replace(" ", "")
        (gpu,) = parse_gpus(case(f" {text} "))
        assert (gpu.card.total, gpu.card.compute_capability) == (card.total, card.capability)


@given(CARDS)
def test_what_nvidia_smi_prints_is_that_card_or_names_its_variants(card: KnownCard) -> None:
    for printed in card.printed:
        found = printed_card(printed, card.total)
        assert found is not None and found.equals(card)
        try:
            (gpu,) = parse_gpus(printed)
        except CardNameError as error:
            assert card.name in str(error)
        else:
            assert gpu.card.name == printed


@given(st.lists(st.tuples(st.integers(1, 9), CARDS), min_size=1, max_size=5))
def test_a_list_is_each_of_its_parts_as_often_as_it_says(parts: list[tuple[int, KnownCard]]) -> None:
    gpus = parse_gpus(", ".join(f"{count}x {card.name}" for count, card in parts))
    assert [gpu.card.total for gpu in gpus] == [card.total for count, card in parts for _ in range(count)]
    assert [gpu.card.index for gpu in gpus] == list(range(len(gpus)))


@given(st.text(max_size=200))
def test_any_text_is_gpus_or_one_sentence(text: str) -> None:
    try:
        gpus = parse_gpus(text)
    except SentenceError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert all(0 < gpu.card.usable <= gpu.card.total for gpu in gpus)


def test_a_size_alone_says_that_its_context_is_assumed() -> None:
    (gpu,) = parse_gpus("24GiB")
    assert (gpu.card.overhead, gpu.card.context_source, gpu.workspace) == (512 * MIB, "assumed", 32 * MIB)
    assert gpu.allowed(NO_LIMIT) == (24 * 1024 - 512 - 128) * MIB
    sentence = "GPU 24GiB is not in the table of GPUs: 512.0 MiB are assumed for its CUDA context."
    plan = make_plan(ask("L40S,24GiB"), linear)
    assert plan.as_json()["reason"] == sentence and sentence in as_text(plan)
    assert make_plan(ask("L40S"), linear).as_json()["reason"] is None


def test_a_size_alone_assumes_no_less_than_any_card_of_that_size() -> None:
    for card in known_cards():
        sizes = (card.total >> 20, -(-card.total >> 30) << 10)
        assert all(gpu.card.overhead >= card.context for size in sizes for gpu in parse_gpus(f"{size}MiB")), card.name


def test_the_table_is_sound() -> None:
    cards = known_cards()
    assert len(cards) > 150
    said = Counter(name for card in cards for name in (card.name, *card.also))
    assert [name for name, count in said.items() if count > 1] == []
    for card in cards:
        assert card.kind in get_args(Kind) and card.source in get_args(Source) and card.printed
        assert 0.9 * card.total < card.usable <= card.total
        assert (card.usable == card.total) == card.unified
        assert card.threads == {5: 2048, 6: 2048, 9: 2048, 10: 2048, 11: 1536, 12: 1536}.get(
            card.capability[0],
            {(7, 0): 2048, (7, 2): 2048, (7, 5): 1024, (8, 0): 2048}.get(card.capability, 1536),
        )
        assert 1 <= card.multiprocessors <= 192
