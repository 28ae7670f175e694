"""The hidden facts, the question about them, and which share of them a response names."""

from __future__ import annotations

import random
from dataclasses import dataclass

from lbs.benchmarks.parameters import Language, TaskType

_MULTI_DEFAULT = 3

_CITIES = {
    "English": ("Lisbon", "Oslo", "Quito", "Hanoi", "Dakar", "Perth", "Turin", "Bergen", "Cusco", "Izmir", "Malmo")
    + ("Nara", "Osaka", "Porto", "Riga", "Seville", "Tartu", "Utrecht", "Vigo", "Zagreb"),
    "Chinese": ("里斯本", "奥斯陆", "基多", "河内", "达喀尔", "珀斯", "都灵", "卑尔根", "库斯科", "伊兹密尔", "马尔默")
    + ("奈良", "大阪", "波尔图", "里加", "塞维利亚", "塔尔图", "乌得勒支", "维戈", "萨格勒布"),
}
_FACT = {
    "English": "The special magic number of {city} is {number}.",
    "Chinese": "{city}的神奇数字是{number}。",
}
_QUESTION = {
    "English": "What are the special magic numbers of {cities}? Answer with the numbers only.",
    "Chinese": "{cities}的神奇数字分别是多少？只回答数字。",
}
_LEAD = {
    "English": "Read the following text. Some facts about magic numbers are hidden in it.\n\n",
    "Chinese": "请阅读下面的文字，其中藏有关于神奇数字的事实。\n\n",
}
_TAIL = {"English": "\n\nQuestion: {question}\nAnswer:", "Chinese": "\n\n问题：{question}\n回答："}


@dataclass(frozen=True)
class Task:
    """What one cell hides and asks. `keys`: what a right answer names, one per needle."""

    lead: str
    needles: tuple[str, ...]
    tail: str
    keys: tuple[str, ...]

    @property
    def expected(self) -> str:
        return " ".join(self.needles)


def make_task(kind: TaskType, num_needles: int, language: Language, seed: int) -> Task:
    """Deterministic by the seed. A multi-needle task hides 3 needles where `num_needles` is 1."""
    count = 1 if kind == "single_needle_retrieval" else max(num_needles, 2 if num_needles > 1 else _MULTI_DEFAULT)
    draw = random.Random(f"{seed}:{kind}:{language}")
    cities = draw.sample(_CITIES[language], count)
    keys = tuple(str(draw.randint(1_000_000, 9_999_999)) for _ in cities)
    fact, separator = _FACT[language], ", " if language == "English" else "、"
    needles = tuple(fact.format(city=city, number=number) for city, number in zip(cities, keys, strict=True))
    question = _QUESTION[language].format(cities=separator.join(cities))
    return Task(_LEAD[language], needles, _TAIL[language].format(question=question), keys)


def recall(response: str, keys: tuple[str, ...]) -> float:
    """The share of keys that the response names, 0 to 1."""
    plain = response.replace(",", "").replace(" ", "")
    return sum(key in plain for key in keys) / len(keys)
