"""The text that the needles are hidden in: a file, a folder of them, or the one that ships."""

from __future__ import annotations

from pathlib import Path

from lbs.benchmarks.parameters import InvalidParameters, Language
from lbs.settings.paths import assets_folder

_SHIPPED = {"English": "en", "Chinese": "zh"}


def read_haystack(named: str | None, language: Language) -> str:
    """Fails with InvalidParameters, a sentence, where there is no text."""
    path = Path(named).expanduser() if named else assets_folder() / "haystack" / _SHIPPED[language]
    if not path.exists():
        raise InvalidParameters(f"The haystack {path} does not exist: name a text file or a folder of .txt files.")
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    text = "\n\n".join(_read(file) for file in files).strip()
    if not text:
        raise InvalidParameters(f"The haystack {path} holds no text: name a text file or a folder of .txt files.")
    return text


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidParameters(
            f"The haystack {file} cannot be read ({error.strerror}): mend its permissions."
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidParameters(f"The haystack {file} is not text in UTF-8 or GB18030: convert it to UTF-8.")


def continued(tokens: list[int], length: int) -> tuple[list[int], bool]:
    """`length` tokens; a text that is too short goes on from its start, and the second value says so."""
    times = -(-length // len(tokens))
    return (tokens * times)[:length], times > 1
