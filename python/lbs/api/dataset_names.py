"""The sets and their members: one rule for listing and submitting, and what parameters name on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lbs.api.errors import ApiError
from lbs.benchmarks.datasets import DatasetError, check_questions, members_of
from lbs.benchmarks.parameters import (
    CEVAL,
    DATASETS,
    NEEDLE,
    TASK_TYPES,
    CEvalParameters,
    NeedleParameters,
    Parameters,
    subject_key,
)
from lbs.benchmarks.texts import text_files
from lbs.sentences import Sentence, nearest, say, sentence_of, short
from lbs.settings import Settings

_ALIASES = {"needleinhaystack": NEEDLE}


def datasets(settings: Settings) -> dict[str, list[str]]:
    """The members of each set, its own name (all of it) first; a set without a folder has no others."""
    try:
        subjects = members_of(CEVAL, settings)
    except DatasetError:
        subjects = []
    return {NEEDLE: [NEEDLE, *TASK_TYPES], CEVAL: [CEVAL, *subjects]}


def dataset_of(name: str, settings: Settings) -> tuple[str, str]:
    """The set and its member as the listing spells them, whatever their case. Raises ApiError."""
    given_set, _, given = name.partition("/")
    set_name = listed(given_set, DATASETS)
    if set_name is None:
        raise _no_set(given_set)
    if set_name == CEVAL:
        try:
            members_of(CEVAL, settings)
        except DatasetError as error:
            raise ApiError(400, "no_dataset", sentence_of(error)) from None
    known = datasets(settings)[set_name]
    member = listed(given, known) if given else set_name
    if member is None and set_name == CEVAL and not {"/", "\\"} & set(given):
        member = listed(subject_key(given), known)
    if member is None:
        raise ApiError(400, "unsupported", _no_member(set_name, given, known))
    return set_name, member


def _no_set(name: str) -> ApiError:
    return ApiError(400, "unsupported", say("api.dataset_unsupported", name=short(name), known=DATASETS))


def listed(name: str, known: Iterable[str]) -> str | None:
    """As `known` spells it; None where it is not among them, or where two differ only in case."""
    name = _ALIASES.get(name.casefold(), name)
    folded = [one for one in known if one.casefold() == name.casefold()]
    return name if name in folded else folded[0] if len(folded) == 1 else None


def _no_member(set_name: str, member: str, known: Sequence[str]) -> Sentence:
    near = nearest(member, known)
    if near is not None:
        return say("api.member_near", name=set_name, member=short(member), nearest=near)
    return say("api.member_unsupported", name=set_name, member=short(member), known=list(known))


def check_parameters(parameters: Parameters, settings: Settings) -> Parameters:
    """What needs the disk: subjects are listed ones and have questions, the haystack is text. Raises ApiError,
    InvalidParameters."""
    if isinstance(parameters, CEvalParameters):
        known = datasets(settings)[CEVAL][1:]
        for subject in parameters.subjects or ():
            if subject not in known:
                raise ApiError(400, "invalid_parameters", _no_member(CEVAL, subject, known))
        try:
            check_questions(parameters, settings)
        except DatasetError as error:
            raise ApiError(400, "no_dataset", sentence_of(error)) from None
    if isinstance(parameters, NeedleParameters) and parameters.haystack:
        text_files(parameters.haystack)
    return parameters
