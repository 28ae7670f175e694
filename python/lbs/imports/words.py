"""The sentence about an import that fails: the module, the file at fault, the variable at fault, and what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from lbs.imports.diagnose import USER_SITE, Failure
from lbs.sentences import Sentence, say, short, verbatim


def failure_sentence(failure: Failure, env: Mapping[str, str]) -> Sentence:
    module, why = failure.module, _why(failure)
    if not failure.variables:
        return say("imports.broken", module=module, why=why, python=sys.executable)
    if failure.variables == (USER_SITE,):
        return say("imports.user_site", module=module, why=why, folder=failure.user_site or "")
    if len(failure.variables) == 1:
        [variable] = failure.variables
        return say("imports.variable", module=module, why=why, variable=variable, value=short(env.get(variable, "")))
    return say("imports.variables", module=module, why=why, variables=", ".join(failure.variables))


def _why(failure: Failure) -> Sentence:
    how = _how(failure)
    file = failure.file
    if file is None or file in str(how):
        return how
    return say("imports.in_file", file=short(os.path.abspath(file)), how=how)


def _how(failure: Failure) -> Sentence:
    if failure.hangs is not None:
        return say("imports.hangs", seconds=f"{failure.hangs:.0f}")
    if failure.signal is not None:
        return say("imports.killed", signal=failure.signal)
    if failure.exit_code is not None:
        return say("imports.exited", code=failure.exit_code)
    return verbatim(failure.error)
