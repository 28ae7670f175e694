"""The hidden facts, the question about them, and which share of them a response names.

The methods and the scoring are NeedleBench v2's (OpenCompass); what a fact tells, a number of seven digits or a UUID, is as in
RULER's niah tasks. The wording is Headroom's own.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lbs.benchmarks.parameters import Language, TaskType, ValueType

_MULTI_DEFAULT = 3

_CITIES = {
    "English": ("Lisbon", "Oslo", "Quito", "Hanoi", "Dakar", "Perth", "Turin", "Bergen", "Cusco", "Izmir", "Malmo")
    + ("Nara", "Osaka", "Porto", "Riga", "Seville", "Tartu", "Utrecht", "Vigo", "Zagreb"),
    "Chinese": ("里斯本", "奥斯陆", "基多", "河内", "达喀尔", "珀斯", "都灵", "卑尔根", "库斯科", "伊兹密尔", "马尔默")
    + ("奈良", "大阪", "波尔图", "里加", "塞维利亚", "塔尔图", "乌得勒支", "维戈", "萨格勒布"),
}
_FACT = {
    ("English", "numbers"): "The special magic number of {city} is {key}.",
    ("English", "uuids"): "The special magic UUID of {city} is {key}.",
    ("Chinese", "numbers"): "{city}的神奇数字是{key}。",
    ("Chinese", "uuids"): "{city}的神奇 UUID 是{key}。",
}
_NOUN = {"numbers": "number", "uuids": "UUID"}
_CHINESE_NOUN = {"numbers": "数字", "uuids": " UUID "}


@dataclass(frozen=True)
class Task:
    """What one test hides and asks. `keys`: what a right answer names, one per needle."""

    lead: str
    needles: tuple[str, ...]
    tail: str
    keys: tuple[str, ...]

    @property
    def expected(self) -> str:
        return " ".join(self.needles)


def needle_count(kind: TaskType, num_needles: int) -> int:
    """A multi-needle task hides 3 needles where `num_needles` is 1."""
    if kind == "single_needle_retrieval":
        return 1
    return num_needles if num_needles > 1 else _MULTI_DEFAULT


def make_task(kind: TaskType, num_needles: int, language: Language, values: ValueType, seed: str) -> Task:
    """Fresh cities and keys for each seed, the same for the same one."""
    count = needle_count(kind, num_needles)
    draw = random.Random(seed)
    cities = draw.sample(_CITIES[language], count)
    keys = tuple(_key(draw, values) for _ in cities)
    needles = tuple(_fact(city, key, language, values) for city, key in zip(cities, keys, strict=True))
    lead, tail = _english(cities, values) if language == "English" else _chinese(cities, values)
    return Task(lead, needles, tail, keys)


def longest_answers(kind: TaskType, num_needles: int, language: Language, values: ValueType) -> list[str]:
    """For each city, an answer that repeats its whole fact once per needle: right answers are shorter than the longest."""
    draw = random.Random(0)
    count = needle_count(kind, num_needles)
    facts = (_fact(city, _key(draw, values), language, values) for city in _CITIES[language])
    return [" ".join([fact] * count) for fact in facts]


def recall(response: str, keys: tuple[str, ...]) -> float:
    """The share of keys that the response contains, 0 to 1, as NeedleBench v2 and RULER score it: letter for letter, in any
    case, as part of a longer number too."""
    lower = response.lower()
    return sum(key.lower() in lower for key in keys) / len(keys)


def _key(draw: random.Random, values: ValueType) -> str:
    if values == "uuids":
        return str(uuid.UUID(int=draw.getrandbits(128), version=4))
    return str(draw.randint(1_000_000, 9_999_999))


def _fact(city: str, key: str, language: Language, values: ValueType) -> str:
    return _FACT[language, values].format(city=city, key=key)


def _english(cities: Sequence[str], values: ValueType) -> tuple[str, str]:
    """What stands before the text, and what after it; in the singular for one needle."""
    noun = _NOUN[values]
    if len(cities) == 1:
        lead = f"Read the following text. A fact about a magic {noun} is hidden in it.\n\n"
        question = f"What is the special magic {noun} of {cities[0]}? Answer with the {noun} only."
    else:
        lead = f"Read the following text. {len(cities)} facts about magic {noun}s are hidden in it.\n\n"
        listed = f"{', '.join(cities[:-1])} and {cities[-1]}"
        question = f"What are the special magic {noun}s of {listed}? Answer with the {noun}s only."
    return lead, f"\n\nQuestion: {question}\nAnswer:"


def _chinese(cities: Sequence[str], values: ValueType) -> tuple[str, str]:
    noun = _CHINESE_NOUN[values]
    if len(cities) == 1:
        lead = f"请阅读下面的文字，其中藏有一条关于神奇{noun}的事实。\n\n"
        question = f"{cities[0]}的神奇{noun}是多少？只回答这个{noun.strip()}。"
    else:
        lead = f"请阅读下面的文字，其中藏有 {len(cities)} 条关于神奇{noun}的事实。\n\n"
        question = f"{'、'.join(cities)}的神奇{noun}分别是多少？只回答这些{noun.strip()}。"
    return lead, f"\n\n问题：{question}\n回答："
