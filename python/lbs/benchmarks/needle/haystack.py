"""The text that the needles are hidden in: a text file, a folder of them, or the bundled one."""

from __future__ import annotations

from pathlib import Path

from lbs.benchmarks.parameters import InvalidParameters, Language
from lbs.benchmarks.texts import text_files
from lbs.sentences import say, short
from lbs.settings.paths import assets_folder

_BUNDLED = {"English": "en", "Chinese": "zh"}


def read_haystack(given: str | None, language: Language) -> str:
    """Raises InvalidParameters where there is no text."""
    path = given or str(assets_folder() / "haystack" / _BUNDLED[language])
    files = text_files(path)
    text = "\n\n".join(_read(file) for file in files).strip()
    if not text:
        raise InvalidParameters(say("benchmarks.haystack_empty", path=short(path)))
    return text


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidParameters(
            say("benchmarks.haystack_unreadable", file=str(file), reason=str(error.strerror))
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidParameters(say("benchmarks.haystack_encoding", file=str(file)))


def continued(tokens: list[int], length: int) -> tuple[list[int], bool]:
    """`length` tokens; a text that is too short continues from its start. The second value: whether it does."""
    times = -(-length // len(tokens))
    return (tokens * times)[:length], times > 1
