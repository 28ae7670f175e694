"""A run whose steps grow with its prompt, drawn from a few short runs: of a model that reads its prompt token by token, or
in pieces. No torch.

What does not loop takes the same steps at every length: its sizes are products of lengths, as in a curve. Of a loop only
the sum and the peak are kept, which grow with its rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import TypeVar

from ..allocator.pool import in_blocks
from ..allocator.replay import slack_of_script
from ..allocator.steps import Place, Step
from ..trace_types import Slack, Trace

Delta = tuple[int, int]
"""1 where a storage is allocated, -1 where it is freed; and its bytes, or an index into the table of bytes by knot."""


class NotDrawn(Exception):
    """The runs do not have the same shape."""


@dataclass(frozen=True)
class Knots:
    """Where runs are traced: `contexts` by `batches`. `piece`: what a prompt is padded to a multiple of, 1 for nothing."""

    contexts: tuple[int, ...]
    batches: tuple[int, ...]
    piece: int

    def weights(self, context: int, batch: int) -> tuple[list[int], int]:
        """What each knot counts for, contexts first, and what to divide the sum by."""
        by_context = _solve([self._basis(knot) for knot in self.contexts], self._basis(context))
        by_batch = _solve(
            [_powers(knot, len(self.batches)) for knot in self.batches], _powers(batch, len(self.batches))
        )
        weights = [one * other for one in by_context for other in by_batch]
        common = lcm(*[weight.denominator for weight in weights])
        return [int(weight * common) for weight in weights], common

    def _basis(self, context: int) -> list[int]:
        padded = -(-context // self.piece) * self.piece
        return [*_powers(context, 3), *([padded] if self.piece > 1 else [])]


def _powers(at: int, count: int) -> list[int]:
    return [at**power for power in range(count)]


def _solve(knots: list[list[int]], at: list[int]) -> list[Fraction]:
    """Weights with which the rows of `knots` add up to `at`."""
    size = len(knots)
    rows = [[Fraction(knots[column][row]) for column in range(size)] + [Fraction(at[row])] for row in range(size)]
    for column in range(size):
        pivot = next(row for row in range(column, size) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for row in range(size):
            if row != column and (factor := rows[row][column]):
                rows[row] = [value - factor * own for value, own in zip(rows[row], rows[column], strict=True)]
    return [row[-1] for row in rows]


@dataclass(frozen=True)
class _Part:
    """One place in one forward pass: steps `before` and `after` its loop, whose bytes and peak are `loop`, if it has one.
    `rounds`: bytes that the loop of the longest run allocated, one by one."""

    place: Place
    before: list[Delta]
    loop: tuple[int, int] | None
    rounds: list[int]
    after: list[Delta]

    def read(self, sizes: list[int]) -> list[Place | int]:
        now = peak = 0
        for deltas in (self.before, self.after):
            for sign, number in deltas:
                now += sign * in_blocks(sizes[number])
                peak = max(peak, now)
            if self.loop and deltas is self.before:
                net, high = (sizes[number] for number in self.loop)
                peak = max(peak, now + high)
                now += net
        return [self.place, now, peak]

    def allocated(self, sizes: list[int], scale: Fraction) -> Iterator[int]:
        """Bytes of each storage, those of the loop enlarged: as many bytes in fewer rounds."""
        yield from (max(0, sizes[number]) for sign, number in self.before if sign > 0)
        yield from (int(size * scale) for size in self.rounds)
        yield from (max(0, sizes[number]) for sign, number in self.after if sign > 0)


@dataclass(frozen=True)
class Looped:
    """`forwards`: the prompt is made in the first; `table`: bytes at each knot; `kept`: of each layer, at the end; `longest`:
    script of the longest run."""

    knots: Knots
    classes: list[int]
    forwards: list[list[_Part]]
    kept: list[int]
    table: list[tuple[int, ...]]
    longest: list[Step]

    @property
    def loops(self) -> bool:
        return any(part.loop for parts in self.forwards for part in parts)

    @property
    def followed(self) -> int:
        """Tokens of the longest prompt that it is drawn from."""
        return self.knots.contexts[-1]

    def trace(self, context: int, batch: int, weights: list[int] | None) -> Trace:
        """As the tracer answers, without the allocator's slack where `weights`, the bytes of each tensor, is None."""
        factors, common = self.knots.weights(context, batch)
        sizes = [
            -(-sum(factor * size for factor, size in zip(factors, at, strict=True)) // common) for at in self.table
        ]
        _, prefill, *decode = [[part.read(sizes) for part in parts] for parts in self.forwards]
        trace: Trace = {
            "prefill": [prefill],
            "decode": decode,
            "classes": self.classes,
            "kv_cache": [in_blocks(sizes[number]) for number in self.kept],
            "followed": self.followed,
        }
        if weights is not None:
            scale = Fraction(context * batch, self.knots.contexts[-1] * self.knots.batches[-1])
            trace["slack"] = self._slack(sizes, scale, weights)
        return trace

    def _slack(self, sizes: list[int], scale: Fraction, weights: list[int]) -> Slack:
        """That of the longest run with the storages of this one."""
        allocated = (size for parts in self.forwards for part in parts for size in part.allocated(sizes, scale))
        script = [next(allocated) if isinstance(step, int) and step >= 0 else step for step in self.longest]
        return slack_of_script(script, weights)


def draw_looped(scripts: Mapping[tuple[int, int], list[Step]], knots: Knots, classes: list[int]) -> Looped:
    """`scripts`: by (context, batch), each with one forward pass for the prompt. Raises NotDrawn."""
    at = [scripts[context, batch] for context in knots.contexts for batch in knots.batches]
    rounds = [-(-context // knots.piece) for context in knots.contexts for _ in knots.batches]
    table: dict[tuple[int, ...], int] = {}
    forwards = [
        [_part(parts, rounds, table) for parts in _side_by_side(forward)]
        for forward in _side_by_side([_forwards(script) for script in at])
    ]
    kept = zip(*[_kept(script, len(classes)) for script in at], strict=True)
    return Looped(
        knots=knots,
        classes=classes,
        forwards=forwards,
        kept=[_number(sizes, table) for sizes in kept],
        table=list(table),
        longest=at[-1],
    )


def _number(sizes: tuple[int, ...], table: dict[tuple[int, ...], int]) -> int:
    return table.setdefault(sizes, len(table))


T = TypeVar("T")


def _side_by_side(lists: Sequence[list[T]]) -> list[tuple[T, ...]]:
    if len({len(one) for one in lists}) > 1:
        raise NotDrawn
    return list(zip(*lists, strict=True))


def _forwards(script: list[Step]) -> list[list[tuple[Place, list[Delta]]]]:
    """The places of each forward pass and what happens there, in bytes."""
    forwards: list[list[tuple[Place, list[Delta]]]] = [[]]
    sizes: list[int] = []
    place: Place = "pre"
    deltas: list[Delta] = []
    for step in script:
        if isinstance(step, int):
            if step >= 0:
                sizes.append(step)
            deltas.append((1, step) if step >= 0 else (-1, sizes[-step - 1]))
            continue
        forwards[-1].append((place, deltas))
        place, deltas = (step[0] if step else "pre"), []
        if not step:
            forwards.append([])
    return forwards[:-1]


def _part(parts: tuple[tuple[Place, list[Delta]], ...], rounds: list[int], table: dict[tuple[int, ...], int]) -> _Part:
    place = parts[0][0]
    if any(other != place for other, _ in parts):
        raise NotDrawn
    runs = [deltas for _, deltas in parts]
    head, tail = _outside_loop([[sign for sign, _ in deltas] for deltas in runs], rounds)
    before = _joined([deltas[:head] for deltas in runs], table)
    after = _joined([deltas[len(deltas) - tail :] for deltas in runs], table)
    loops = [list(accumulate(sign * size for sign, size in deltas[head : len(deltas) - tail])) for deltas in runs]
    if not any(loops):
        return _Part(place, before, None, [], after)
    net = _number(tuple(sums[-1] if sums else 0 for sums in loops), table)
    high = _number(tuple(max(sums, default=0) for sums in loops), table)
    longest = runs[-1][head : len(runs[-1]) - tail]
    return _Part(place, before, (net, high), [size for sign, size in longest if sign > 0], after)


def _joined(runs: list[list[Delta]], table: dict[tuple[int, ...], int]) -> list[Delta]:
    return [(steps[0][0], _number(tuple(size for _, size in steps), table)) for steps in zip(*runs, strict=True)]


def _outside_loop(runs: list[list[int]], rounds: list[int]) -> tuple[int, int]:
    """How many steps come before the first loop and how many after the last one. `rounds`: in proportion to those of each run."""
    by_rounds = dict(zip(rounds, runs, strict=True))
    if len({len(run) for run in runs}) == 1 or len(by_rounds) < 3:
        if any(run != runs[0] for run in runs):
            raise NotDrawn
        return len(runs[0]), 0
    (few, short), (more, longer), *_, (_, longest) = sorted(by_rounds.items())
    head = _before_loop(short, longer, longest, few, more)
    tail = _before_loop(short[::-1], longer[::-1], longest[::-1], few, more)
    least = min(len(run) for run in runs)
    head = min(head, least)
    return head, min(tail, least - head)


def _before_loop(short: list[int], longer: list[int], longest: list[int], few: int, more: int) -> int:
    """A run has its first steps and its `few` rounds in common with one of more rounds."""
    common = _common(short, longest)
    one_round = (_common(longer, longest) - common) / (more - few)
    return max(0, int(common - few * one_round))


def _common(one: list[int], other: list[int]) -> int:
    """How many first steps are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _kept(script: list[Step], layers: int) -> list[int]:
    """Bytes that each layer allocated and that are not freed at the end, without the allocator's rounding."""
    live: dict[int, tuple[Place, int]] = {}
    place: Place = "pre"
    begun = 0
    for step in script:
        if not isinstance(step, int):
            place = step[0] if step else "pre"
        elif step >= 0:
            begun += 1
            live[begun] = (place, step)
        else:
            del live[-step]
    kept = [0] * layers
    for owner, size in live.values():
        if isinstance(owner, int):
            kept[owner] += size
    return kept
