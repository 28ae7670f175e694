"""The predicted CUDA context against public out-of-memory messages and logs: process - allocated - reserved, in MiB.

Rows whose GPU could be one of another size, that only loaded a model, or that ran another library beside PyTorch, are left
out.
"""

from __future__ import annotations

from statistics import median

import pytest

from lbs.memory.context import assumed_context, late_kernels, predicted_context, workspace_of
from lbs.memory.limit import GIB, MIB, OVERSHOOT, Card
from lbs.plan.cards import known_cards

RUNS = {
    "T4": (40, 1024, (7, 5), [144, 115, 147, 109, 205, 143, 128]),
    "V100": (80, 2048, (7, 0), [389, 379, 512, 305, 456]),
    "RTX 3060": (28, 1536, (8, 6), [106]),
    "RTX 3090": (82, 1536, (8, 6), [300, 310, 299, 304, 307, 319, 354]),
    "A10G": (80, 1536, (8, 6), [255]),
    "RTX A6000": (84, 1536, (8, 6), [309, 326, 309, 331, 317]),
    "A100": (108, 2048, (8, 0), [504, 491, 493, 532, 502, 512, 508, 508]),
    "RTX 4060 Ti": (34, 1536, (8, 9), [124]),
    "RTX 4090": (128, 1536, (8, 9), [465, 522, 461, 451, 348, 307, 504]),
    "L4": (58, 1536, (8, 9), [211, 251]),
    "RTX 6000 Ada": (142, 1536, (8, 9), [465, 492]),
    "L40S": (142, 1536, (8, 9), [517, 514, 524, 421]),
    "H100": (132, 2048, (9, 0), [676, 601, 689, 754]),
    "H100 NVL": (132, 2048, (9, 0), [677]),
    "H200": (132, 2048, (9, 0), [670]),
    "B200": (148, 2048, (10, 0), [712]),
    "RTX 5060 Ti": (36, 1536, (12, 0), [174]),
    "RTX 5090": (170, 1536, (12, 0), [489, 500, 499, 672]),
}
BARE = {
    "RTX 3090": (82, 1536, (8, 6), 256),
    "A100": (108, 2048, (8, 0), 418),
    "RTX 4060 Ti": (34, 1536, (8, 9), 107),
    "RTX 4090": (128, 1536, (8, 9), 386),
    "RTX 6000 Ada": (142, 1536, (8, 9), 426),
    "H100": (132, 2048, (9, 0), 520),
    "B200": (148, 2048, (10, 0), 612),
    "RTX PRO 6000": (188, 1536, (12, 0), 555),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_runs_context_is_near_the_median_and_the_margin_covers_the_worst(name: str) -> None:
    processors, threads, capability, measured = RUNS[name]
    predicted = predicted_context(processors, threads, capability) / MIB
    assert abs(predicted - median(measured)) <= 60
    assert max(measured) <= predicted + (OVERSHOOT + late_kernels(capability)) / MIB


@pytest.mark.parametrize("name", BARE)
def test_a_bare_context_is_below_that_of_a_run(name: str) -> None:
    processors, threads, capability, measured = BARE[name]
    assert measured <= predicted_context(processors, threads, capability) / MIB <= measured + 170


def test_an_unknown_card_is_assumed_to_take_at_least_what_a_known_one_does() -> None:
    assert all(card.context <= assumed_context(card.capability) for card in known_cards())


def test_hopper_has_the_larger_workspace_and_margin() -> None:
    assert workspace_of((8, 9)) == 8_519_680 and workspace_of((9, 0)) == workspace_of((12, 0)) == 32 * MIB
    assert workspace_of(None) == 32 * MIB
    margins = [
        Card(0, "", "", 80 * GIB, 80 * GIB, 0, capability).margin // MIB for capability in ((8, 9), (9, 0), (12, 0))
    ]
    assert margins == [128, 200, 128]
    assert Card(0, "", "", GIB, GIB, 0, (9, 0)).margin == int(0.02 * GIB)


def test_a_process_gets_what_torch_counts_less_the_context() -> None:
    card = Card(0, "", "", 46068 * MIB, 45455 * MIB, 501 * MIB, (8, 9))
    assert card.usable == 45455 * MIB
    assert Card(0, "", "", 100, 100, 0, driver=7).usable == 93
