"""Parses the command line, and refuses it as the real nvidia-smi does."""

from typing import Dict, List, NamedTuple, Optional

from smi_emulator import tables

_SWITCHES = {
    "-lms": "loop_ms", "--loop-ms": "loop_ms", "-l": "loop_s", "--loop": "loop_s", "-i": "id", "--id": "id",
    "--format": "format", "--query-gpu": "query_gpu", "--query-compute-apps": "query_apps",
}  # fmt: skip
_PLAIN = {
    "-L": "list", "--list-gpus": "list", "-q": "query", "--query": "query", "-x": "xml", "--xml-format": "xml",
    "--help-query-gpu": "help_gpu", "--help-query-compute-apps": "help_apps",
}  # fmt: skip
_INVALID = "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n"


class Refusal(Exception):
    """A message for stdout, where nvidia-smi prints its errors, and an exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Query(NamedTuple):
    kind: str
    names: List[str]
    formats: List[str]


def parse(words: List[str]) -> Dict[str, str]:
    options: Dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, _, value = word.partition("=")
        if word in _PLAIN:
            options[_PLAIN[word]] = "1"
        elif name in _SWITCHES and ("=" in word or rest):
            options[_SWITCHES[name]] = value if "=" in word else rest.pop(0)
        else:
            raise Refusal(2, _INVALID)
    # The emulator has no `-q` text, only its XML.
    if ("query" in options) != ("xml" in options):
        raise Refusal(2, _INVALID)
    return options


def query_of(options: Dict[str, str]) -> Optional[Query]:
    kinds = [kind for kind in ("query_gpu", "query_apps") if kind in options]
    if len(kinds) > 1:
        raise Refusal(2, "Only one --query-* switch can be used at a time.")
    if not kinds:
        return None
    if "format" not in options:
        raise Refusal(2, "\"--format=\" switch is missing. Please run 'nvidia-smi -h' for help.\n\n")
    aliases = tables.GPU_ALIASES if kinds[0] == "query_gpu" else tables.APP_ALIASES
    known = set(tables.GPU_FIELDS if kinds[0] == "query_gpu" else tables.APP_FIELDS)
    names = []
    for word in options[kinds[0]].split(","):
        name = aliases.get(word.strip(), word.strip())
        if name not in known:
            raise Refusal(2, 'Field "%s" is not a valid field to query.\n\n' % word.strip())
        names.append(name)
    return Query(kinds[0], names, [part.strip() for part in options["format"].split(",")])


def period(options: Dict[str, str]) -> Optional[float]:
    """Seconds between two rounds, or None for one round."""
    text = options.get("loop_ms", options.get("loop_s"))
    if text is None:
        return None
    if not text.isdigit() or int(text) == 0:
        raise Refusal(
            2, "Provided [-l(ms) | --loop(-ms)=] value is incorrect. Loop frequency must be greater than 0.\n"
        )
    return int(text) / (1000 if "loop_ms" in options else 1)
