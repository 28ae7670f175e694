"""Where the needles go between the tokens of the haystack. Works on token ids alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Hidden:
    """`tokens`: the haystack with the needles in it; `offsets`: where each needle starts in `tokens`; `depths`: the haystack
    tokens before each needle, in percent of all of them."""

    tokens: list[int]
    offsets: list[int]
    depths: list[float]


def spread(depth: float, count: int) -> list[float]:
    """Depths in percent: the first needle at `depth`, the others evenly between it and the end."""
    step = (100 - depth) / count
    return [depth + step * number for number in range(count)]


def hide(hay: Sequence[int], needles: Sequence[Sequence[int]], depth: float) -> Hidden:
    """As in NeedleBench v2: at the very token that each depth names, in mid-sentence too."""
    return _join(hay, needles, [int(len(hay) * percent / 100) for percent in spread(depth, len(needles))])


def hide_original(
    hay: Sequence[int], needles: Sequence[Sequence[int]], depth: float, periods: Collection[int]
) -> Hidden:
    """As in the first published needle test: behind the last token of `periods` before each depth, or at the start where
    there is none; depth 100 is the very end. Each depth is in percent of the text with the earlier needles in it."""
    places: list[int] = []
    behind = 0
    for percent, needle in zip(spread(depth, len(needles)), needles, strict=True):
        if depth == 100:
            place = len(hay)
        else:
            first = places[-1] if places else 0
            # Counted with the needles before it, and then without them.
            place = max(first, min(len(hay), int((len(hay) + behind) * percent / 100) - behind))
            while place > first and hay[place - 1] not in periods:
                place -= 1
        places.append(place)
        behind += len(needle)
    return _join(hay, needles, places)


def _join(hay: Sequence[int], needles: Sequence[Sequence[int]], places: Sequence[int]) -> Hidden:
    """`places`: haystack tokens before each needle, ascending."""
    tokens: list[int] = []
    offsets: list[int] = []
    start = 0
    for place, needle in zip(places, needles, strict=True):
        tokens += hay[start:place]
        offsets.append(len(tokens))
        tokens += needle
        start = place
    depths = [100 * place / len(hay) for place in places]
    return Hidden([*tokens, *hay[start:]], offsets, depths)
