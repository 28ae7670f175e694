"""LBS_GPU_MEMORY_LIMIT as a value: a fraction of each GPU, a size, or what to keep free (twin: electron/contract/limit.ts)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from lbs.memory.size import GIB, MIB, UNITS, size_in, split_size
from lbs.sentences import SentenceError, say

Kind = Literal["none", "fraction", "size", "remainder"]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*%", re.ASCII)
_HALF_A_UNIT = re.compile(r"(-?)\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([gm])i?", re.ASCII | re.IGNORECASE)
_SMALL_CARD = 8 * GIB
_STEP, _SMALL_STEP = 0.25, 16
"""Of a raised limit: in GiB or GB; on small GPUs in MiB or MB."""


class LimitError(SentenceError, ValueError):
    """A limit that cannot be parsed; its sentence is a phrase that begins with "must be"."""


@dataclass(frozen=True)
class Limit:
    """`amount`: the fraction, or bytes: at most that on each GPU (size), or all but that (remainder). `text`: as it is
    written, such as `0.8`, `22GiB`, `-2GiB` or `0`."""

    kind: Kind
    amount: float
    text: str = field(compare=False)

    @classmethod
    def parse(cls, value: object) -> Limit:
        """A number or a text, such as 0.8, `80%`, `22GiB` or `-2 GiB`. Raises LimitError."""
        if isinstance(value, Limit):
            return value
        if isinstance(value, bool) or not isinstance(value, str | float | int):
            raise LimitError(say("settings.limit"))
        text = str(value).strip()
        if percent := _PERCENT.fullmatch(text):
            return cls._fraction(float(percent[1]) / 100)
        if _NUMBER.fullmatch(text):
            return cls._fraction(float(text))
        sign = "-" if text.startswith("-") else ""
        if size := split_size(text.removeprefix("-")):
            return cls._absolute(sign, *size)
        if half := _HALF_A_UNIT.fullmatch(text):
            raise LimitError(say("settings.limit_unit", example=f"{half[1]}{half[2]}{half[3].upper()}iB"))
        raise LimitError(say("settings.limit"))

    @classmethod
    def _fraction(cls, value: float) -> Limit:
        if value == 0:
            return NO_LIMIT
        if 0 < value <= 1:
            return cls("fraction", value, f"{value:g}")
        number = f"{abs(value):g}"
        if 1 < value <= 100:
            raise LimitError(say("settings.limit_percent", number=number))
        if -1000 < value <= -1:
            raise LimitError(say("settings.limit_unit", example=f"-{number}GiB"))
        raise LimitError(say("settings.limit"))

    @classmethod
    def _absolute(cls, sign: str, number: str, unit: str) -> Limit:
        return cls("remainder" if sign else "size", size_in(number, unit), f"{sign}{number}{unit}")

    def __bool__(self) -> bool:
        return self.kind != "none"

    def __str__(self) -> str:
        return self.text

    @property
    def value(self) -> float | str:
        """As the API writes it: a number where it is a fraction or 0, else the text."""
        return self.amount if self.kind in ("none", "fraction") else self.text

    def budget(self, total: int) -> int | None:
        """Bytes of a GPU of `total` bytes, 0 up to all of it; None without a limit."""
        match self.kind:
            case "none":
                return None
            case "fraction":
                return int(self.amount * total)
            case "size":
                return min(int(self.amount), total)
            case "remainder":
                return max(0, total - int(self.amount))

    def least(self, total: int, needed: int) -> Limit:
        """The smallest of this form that gives `needed` bytes of a GPU of `total`, to 0.01 or 1 MiB; `needed` < `total`."""
        match self.kind:
            case "size":
                return Limit.parse(f"{math.ceil(needed / MIB)}MiB")
            case "remainder" if total - needed >= MIB:
                return Limit.parse(f"-{(total - needed) // MIB}MiB")
            case _:
                return Limit._fraction(min(1.0, math.ceil(needed / total * 100) / 100))

    def raised(self, totals: Sequence[int]) -> list[Limit]:
        """The larger limits of this form, ascending, in steps that people write; the last one leaves each GPU whole. `totals`:
        bytes of the GPUs."""
        match self.kind:
            case "none":
                return []
            case "fraction":
                return [Limit._fraction(step / 100) for step in range(int(self.amount * 100 + 1e-9) + 1, 101)]
        unit, step = self._step(max(totals))
        size = int(step * UNITS[unit])
        if self.kind == "size":
            steps = range(int(self.amount) // size + 1, -(-max(totals) // size) + 1)
            return [Limit._absolute("", f"{number * step:g}", unit) for number in steps]
        steps = range(math.ceil(self.amount / size) - 1, 0, -1)
        return [*(Limit._absolute("-", f"{number * step:g}", unit) for number in steps), Limit._fraction(1.0)]

    def _step(self, largest: int) -> tuple[str, float]:
        """Decimal or binary as this limit is."""
        decimal = not self.text.endswith("iB")
        if largest < _SMALL_CARD:
            return ("MB" if decimal else "MiB"), _SMALL_STEP
        return ("GB" if decimal else "GiB"), _STEP


NO_LIMIT = Limit("none", 0.0, "0")


def _parsed(value: Any) -> Limit:
    return Limit.parse(value)


LimitField = Annotated[
    Limit,
    PlainValidator(_parsed),
    PlainSerializer(lambda limit: limit.value),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string"}]}),
]
"""For pydantic's models."""
