"""What a score means: stored with every result, so that only like is compared with like."""

from __future__ import annotations

from typing import TypedDict

from lbs.benchmarks.parameters import NeedleParameters, Profile

VERSION = "2"
"""Goes up when the same answers get another score or the same parameters make another prompt."""

_PLACEMENT: dict[Profile, str] = {
    "needlebench-v2": "NeedleBench v2: at the very token that the depth names, on a line of its own",
    "original": "LLMTest_NeedleInAHaystack: behind the last full stop before the depth; depth 100 is the very end",
}
_LENGTH: dict[Profile, str] = {
    "needlebench-v2": "the whole prompt, in tokens of the model",
    "original": "text, needles and a buffer of 200 tokens for the question, in tokens of the model",
}
_PINS = {
    "NeedleBench v2": "open-compass/opencompass@3ce9b0a4eeee786819f7a35717c974b7d0423d33",
    "RULER": "hsiehjackson/RULER@6216ac99fd0823987ea76bffa1147c4740f375c6",
    "LLMTest_NeedleInAHaystack": "gkamradt/LLMTest_NeedleInAHaystack@7b90d285651b68d39a94f3d3bd3672f84192c989",
}


class Definition(TypedDict):
    """`pins`: the published sources, at the commits that were followed. The other texts say what follows which of them."""

    name: str
    version: str
    profile: Profile
    methods: str
    scoring: str
    needles: str
    wording: str
    placement: str
    length: str
    pins: dict[str, str]


def definition_of(parameters: NeedleParameters) -> Definition:
    kind = "numbers of 7 digits" if parameters.value_type == "numbers" else "UUIDs"
    return {
        "name": "NeedleBench v2 retrieval with RULER keys",
        "version": VERSION,
        "profile": parameters.profile,
        "methods": "NeedleBench v2: single and multi needle retrieval",
        "scoring": "NeedleBench v2 and RULER: the share of keys that the answer contains",
        "needles": f"RULER niah: {kind}",
        "wording": "Headroom",
        "placement": _PLACEMENT[parameters.profile],
        "length": _LENGTH[parameters.profile],
        "pins": dict(_PINS),
    }
