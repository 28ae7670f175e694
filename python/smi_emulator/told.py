"""Reads a scenario's file key by key, so that a wrong one is named with its place and never passed over."""

from typing import Any, Callable, Dict, List, TypeVar

from smi_emulator.cards import EmulatorError

T = TypeVar("T")
MOST = 1e12
"""No figure of a card is larger, and a float still counts it in ones."""
Check = Callable[[Any, str], T]


class Told:
    """One object of the file. `where` says which, as in `others[1]`."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise EmulatorError("%s must be an object with keys, not %r." % (where, value))
        self.where = where
        self._left: Dict[str, Any] = dict(value)
        self._known: List[str] = []

    def take(self, key: str, check: "Check[T]", default: T) -> T:
        """What `check` makes of this key's value, or the default where there is none."""
        self._known.append(key)
        return check(self._left.pop(key), "%s.%s" % (self.where, key)) if key in self._left else default

    def need(self, key: str, check: "Check[T]") -> T:
        self._known.append(key)
        if key not in self._left:
            raise EmulatorError("%s lacks the key %r." % (self.where, key))
        return check(self._left.pop(key), "%s.%s" % (self.where, key))

    def done(self) -> None:
        """What is left over is a mistake."""
        for key in self._left:
            raise EmulatorError("%s has no key %r: the known ones are %s." % (self.where, key, ", ".join(self._known)))


def text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise EmulatorError("%s must be a text, not %r." % (where, value))
    return value


def truth(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise EmulatorError("%s must be true or false, not %r." % (where, value))
    return value


def number(value: Any, where: str) -> float:
    # A bool is an int to Python; NaN and Infinity, which its JSON reader takes, are within no bounds.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MOST:
        raise EmulatorError("%s must be a number from 0 to %g, not %r." % (where, MOST, value))
    return float(value)


def whole(value: Any, where: str) -> int:
    if number(value, where) != value or not isinstance(value, int):
        raise EmulatorError("%s must be a whole number, not %r." % (where, value))
    return value


def share(value: Any, where: str) -> float:
    if number(value, where) > 1:
        raise EmulatorError("%s is a share of the card, from 0 to 1, not %r." % (where, value))
    return float(value)


def one_of(*words: str) -> "Check[str]":
    def check(value: Any, where: str) -> str:
        if value not in words:
            raise EmulatorError("%s must be one of %s, not %r." % (where, ", ".join(words), value))
        return str(value)

    return check


def list_of(check: "Check[T]") -> "Check[List[T]]":
    def all_of(value: Any, where: str) -> List[T]:
        if not isinstance(value, list):
            raise EmulatorError("%s must be a list, not %r." % (where, value))
        return [check(each, "%s[%d]" % (where, place)) for place, each in enumerate(value)]

    return all_of
