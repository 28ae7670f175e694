"""Values over the time of a scenario: numbers along straight lines between points, states in steps."""

from bisect import bisect_right
from typing import Any, Callable, Generic, List, Tuple, TypeVar

from smi_emulator.cards import EmulatorError
from smi_emulator.fields import number

T = TypeVar("T")


class Steps(Generic[T]):
    """Points of (seconds, value), in order: the value holds until the next point."""

    def __init__(self, points: List[Tuple[float, T]]) -> None:
        self._times = [time for time, _ in points]
        self._values = [value for _, value in points]

    def at(self, seconds: float) -> T:
        return self._values[max(0, bisect_right(self._times, seconds) - 1)]


class Ramp:
    """Points of (seconds, number), in order: straight lines between them, constant before the first and after the last.

    Two points at the same time are a jump."""

    def __init__(self, points: List[Tuple[float, float]]) -> None:
        self._times = [time for time, _ in points]
        self._values = [value for _, value in points]

    def at(self, seconds: float) -> float:
        after = bisect_right(self._times, seconds)
        if after in (0, len(self._times)):
            return self._values[min(after, len(self._times) - 1)]
        (begin, end), (low, high) = self._times[after - 1 : after + 1], self._values[after - 1 : after + 1]
        part = (seconds - begin) / (end - begin)
        return low * (1 - part) + high * part


def _points(value: List[Any], where: str, check: Callable[[Any, str], T]) -> List[Tuple[float, T]]:
    points: List[Tuple[float, T]] = []
    for index, point in enumerate(value):
        here = "%s[%d]" % (where, index)
        if not isinstance(point, list) or len(point) != 2:
            raise EmulatorError("%s must be a point, [seconds, value], not %r." % (here, point))
        time = number(point[0], here)
        if points and time < points[-1][0]:
            raise EmulatorError("%s is earlier than the point before it: sort the points by time." % here)
        points.append((time, check(point[1], here)))
    return points


def ramp_of(check: Callable[[Any, str], float]) -> Callable[[Any, str], Ramp]:
    """Reads one number, or a list of points."""

    def read(value: Any, where: str) -> Ramp:
        if isinstance(value, list) and value:
            return Ramp(_points(value, where, check))
        return Ramp([(0.0, check(value, where))])

    return read


def steps_of(check: Callable[[Any, str], T]) -> Callable[[Any, str], "Steps[T]"]:
    """Reads one value, or a list of points; a list whose first member is not a list is a value."""

    def read(value: Any, where: str) -> "Steps[T]":
        if isinstance(value, list) and value and isinstance(value[0], list):
            return Steps(_points(value, where, check))
        return Steps([(0.0, check(value, where))])

    return read
