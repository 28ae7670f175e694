"""Reads a scenario file key by key: an unknown or wrong key is an error that names its place."""

from typing import Any, Callable, Dict, List, TypeVar

from smi_emulator.cards import EmulatorError

T = TypeVar("T")
MOST = 1e12
"""Larger than any value of a GPU; floats up to it are exact integers."""
Check = Callable[[Any, str], T]


class Fields:
    """One object of the file. `where`: its place, such as `others[1]`. Raises EmulatorError."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise EmulatorError("%s must be an object with keys, not %r." % (where, value))
        self.where = where
        self._left: Dict[str, Any] = dict(value)
        self._known: List[str] = []

    def take(self, key: str, check: "Check[T]", default: T) -> T:
        """The value of this key as `check` parses it, or the default where the key is missing."""
        self._known.append(key)
        return check(self._left.pop(key), "%s.%s" % (self.where, key)) if key in self._left else default

    def require(self, key: str, check: "Check[T]") -> T:
        self._known.append(key)
        if key not in self._left:
            raise EmulatorError("%s lacks the key %r." % (self.where, key))
        return check(self._left.pop(key), "%s.%s" % (self.where, key))

    def finish(self) -> None:
        """Raises EmulatorError where a key was not taken."""
        for key in self._left:
            raise EmulatorError(
                "%s has an unknown key %r: the keys are %s." % (self.where, key, ", ".join(self._known))
            )


def text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise EmulatorError("%s must be text, not %r." % (where, value))
    return value


def flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise EmulatorError("%s must be true or false, not %r." % (where, value))
    return value


def number(value: Any, where: str) -> float:
    # bool is a subclass of int; the comparison excludes NaN and Infinity, which the JSON parser accepts.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MOST:
        raise EmulatorError("%s must be a number from 0 to %g, not %r." % (where, MOST, value))
    return float(value)


def integer(value: Any, where: str) -> int:
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
        return [check(each, "%s[%d]" % (where, index)) for index, each in enumerate(value)]

    return all_of
