"""What keeps a worker or a server from its imports: they are tried again in a child process, without one variable after the
other. Standard library only."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUSPECTS = (
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONUSERBASE",
    "PYTHONPLATLIBDIR",
)
USER_SITE = "PYTHONNOUSERSITE"
"""At fault where it is not set, and the user's own packages are found."""

# A cold disk, or a busy machine.
PROBE_SECONDS = 120.0
# The probe itself reports a hang, unless what hangs lets no other thread run.
_GRACE_SECONDS = 5.0
_LONGEST_ERROR = 300


@dataclass(frozen=True)
class Failure:
    """Exactly one of `error`, `signal`, `hangs` and `exit_code` says how `module` failed."""

    module: str
    file: str | None = None
    error: str = ""
    signal: str | None = None
    hangs: float | None = None
    exit_code: int | None = None
    user_site: str | None = None
    variables: tuple[str, ...] = ()
    """Without these the import works; empty: no variable is at fault."""


@dataclass(frozen=True)
class Probe:
    """How to test the imports: `words` run lbs.imports.probe, or a fake."""

    words: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    seconds: float = PROBE_SECONDS

    def run(self, env: Mapping[str, str], until: str | None = None) -> Failure | None:
        """None: everything can be imported, with `until` everything up to that module. A probe that cannot be started is a
        failure too."""
        try:
            process = subprocess.Popen(
                [*self.words, str(self.seconds), *([until] if until else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**env},
                cwd=self.folder,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return Failure("python", error=str(error))
        timer = threading.Timer(self.seconds + _GRACE_SECONDS, process.kill)
        timer.daemon = True
        timer.start()
        # Its stdin stays open: the probe exits with us.
        with process:
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
            code = process.wait()
        late = not timer.is_alive()
        timer.cancel()
        return _failure_in(lines, code, self.seconds, late=late)


def diagnose(probe: Probe, known: Failure | None = None) -> Failure | None:
    """Why the imports fail, and the variable without which they work; None: they work now. `known`: a failure that was
    already met in this environment."""
    failure = known or probe.run(probe.env)
    if failure is None:
        return None
    for names, env in _without(probe.env, failure):
        if probe.run(env, failure.module) is None:
            return Failure(**{**vars(failure), "variables": names})
    return failure


def _without(env: Mapping[str, str], failure: Failure) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    present = [name for name in SUSPECTS if env.get(name)]
    for name in present:
        yield (name,), {key: value for key, value in env.items() if key != name}
    if failure.user_site and USER_SITE not in env:
        yield (USER_SITE,), {**env, USER_SITE: "1"}
    if len(present) > 1:
        yield tuple(present), {key: value for key, value in env.items() if key not in present}


def _failure_in(lines: Sequence[str], code: int, seconds: float, *, late: bool) -> Failure | None:
    answers = [answer for answer in map(_answer, lines) if answer]
    module = next((str(answer["step"]) for answer in reversed(answers) if "step" in answer), "python")
    for answer in reversed(answers):
        if "ready" in answer:
            return None
        if "module" in answer:
            return Failure(
                str(answer["module"]),
                file=_text(answer.get("file")),
                error=str(answer.get("error") or "")[:_LONGEST_ERROR],
                hangs=seconds if answer.get("hangs") else None,
                user_site=_text(answer.get("user_site")),
            )
    if late:
        return Failure(module, hangs=seconds)
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return Failure(module, signal=name)
    # Python itself did not start, or a file ended it.
    said = [line.strip() for line in lines if line.strip() and not _answer(line)]
    fatal = next((line for line in said if line.startswith(("Fatal Python error", "ModuleNotFoundError"))), None)
    error = (fatal or (said[-1] if said else ""))[:_LONGEST_ERROR]
    return Failure(module, error=error, exit_code=None if error else code)


def _answer(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str | None:
    return str(value) if value else None
