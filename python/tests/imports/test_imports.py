"""What is at fault where an import fails: the module, the file, the variable."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.imports.diagnose import Failure, Probe, _failure_in, diagnose
from lbs.imports.needed import CannotImport, import_all
from lbs.imports.words import failure_sentence

FOLDER = Path(__file__).resolve().parents[2]


def failing(module: str, name: str = "x") -> CannotImport:
    steps: list[str] = []
    with pytest.raises(CannotImport) as raised:
        import_all([(module, name)], steps.append)
    assert steps == [module]
    return raised.value


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("broken_")]:
        del sys.modules[name]
    return tmp_path


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise RuntimeError('my own\\n numpy')", "RuntimeError: my own numpy"),
        ("y = 1", "ImportError: it has no x"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def (", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_file_that_fails_is_at_fault(folder: Path, code: str, error: str) -> None:
    file = folder / "broken_one.py"
    file.write_text(code)
    problem = failing("broken_one")
    assert problem.module == "broken_one" and problem.error.startswith(error)
    if "SyntaxError" not in error:
        assert problem.file == str(file)


def test_the_first_cause_is_worded_and_the_library_that_it_names_is_at_fault(folder: Path) -> None:
    (folder / "broken_two.py").write_text(
        textwrap.dedent("""
        try:
            raise OSError("/opt/old/libgomp.so.1: file too short")
        except OSError as error:
            raise ImportError("READ THIS: a long explanation") from error
        """)
    )
    problem = failing("broken_two")
    assert problem.error == "OSError: /opt/old/libgomp.so.1: file too short" and problem.file == "/opt/old/libgomp.so.1"


def test_a_file_that_hides_one_of_the_standard_library_is_at_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "colorsys.py").write_text("")
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    # The error arises in an installed package, which finds the wrong file.
    installed = folder / "site" / "broken_three.py"
    installed.parent.mkdir()
    installed.write_text("from colorsys import rgb_to_hsv")
    monkeypatch.syspath_prepend(installed.parent)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(installed.parent) if name == "purelib" else "/usr/none")
    assert failing("broken_three").file == str(folder / "colorsys.py")
    del sys.modules["colorsys"]


def stand_in(code: str, variables: dict[str, str] | None = None, seconds: float = 20) -> Probe:
    """A probe that runs `code`, with `answer` and `os` at hand."""
    start = "import json, os, sys, time\ndef answer(**values): print(json.dumps(values), flush=True)\n"
    env = {"PATH": os.environ["PATH"], **(variables or {})}
    return Probe([sys.executable, "-I", "-S", "-c", start + textwrap.dedent(code)], env, FOLDER, seconds)


@pytest.mark.parametrize(
    ("condition", "variables", "at_fault"),
    [
        ("'PYTHONPATH' in os.environ", {"PYTHONPATH": "/x", "LD_LIBRARY_PATH": "/y"}, ("PYTHONPATH",)),
        ("'LD_LIBRARY_PATH' in os.environ", {"PYTHONPATH": "/x", "LD_LIBRARY_PATH": "/y"}, ("LD_LIBRARY_PATH",)),
        ("'PYTHONNOUSERSITE' not in os.environ", {"PYTHONPATH": "/x"}, ("PYTHONNOUSERSITE",)),
        (
            "'PYTHONPATH' in os.environ or 'PYTHONWARNINGS' in os.environ",
            {"PYTHONPATH": "/x", "PYTHONWARNINGS": "error"},
            ("PYTHONPATH", "PYTHONWARNINGS"),
        ),
        ("True", {"PYTHONPATH": "/x"}, ()),
    ],
)
def test_the_variable_at_fault_is_the_one_without_which_the_import_works(
    condition: str, variables: dict[str, str], at_fault: tuple[str, ...]
) -> None:
    code = f"""
    if {condition}:
        answer(module="torch", error="OSError: no", file="/x/torch.py", hangs=False, user_site="/home/u/site")
    else:
        answer(ready=True)
    """
    probe = stand_in(code, variables)
    failure = diagnose(probe)
    assert failure is not None and failure.variables == at_fault
    text = str(failure_sentence(failure, probe.env))
    assert text.startswith("torch cannot be imported") and "/x/torch.py: OSError: no" in text
    assert all(name in text for name in at_fault)
    assert ("npm run setup" in text) == (not at_fault)


def test_an_import_that_works_has_no_failure_and_a_known_failure_is_not_tried_again() -> None:
    assert diagnose(stand_in("answer(ready=True)")) is None
    known = Failure("numpy", error="RuntimeError: x")
    assert diagnose(stand_in("answer(ready='PYTHONPATH' not in os.environ)"), known) == known


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("answer(step='torch'); os.kill(os.getpid(), 11)", "torch cannot be imported by"),
        ("answer(step='torch'); os.kill(os.getpid(), 11)", "was killed by SIGSEGV"),
        ("answer(step='torch'); sys.exit(4)", "exited with code 4"),
        ("sys.exit('Fatal Python error: init_fs_encoding')", "python cannot be imported by"),
        ("answer(step='numpy'); answer(module='numpy', error='', file='/n.py', hangs=True)", "/n.py: the import did"),
    ],
)
def test_an_import_that_ends_or_stops_python_is_described(code: str, words: str) -> None:
    failure = diagnose(stand_in(code))
    assert failure is not None and words in str(failure_sentence(failure, {}))


def test_a_probe_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lbs.imports.diagnose._GRACE_SECONDS", 0.0)
    failure = diagnose(stand_in("answer(step='torch'); time.sleep(600)", seconds=0.5))
    assert failure is not None and failure.module == "torch" and failure.hangs == 0.5


def test_the_real_probe_names_the_file_that_hangs_and_python_that_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("import time; time.sleep(600)")
    words = [sys.executable, "-m", "lbs.imports.probe", "worker"]
    hanging = Probe(words, {**os.environ, "PYTHONPATH": str(tmp_path)}, FOLDER, seconds=1.0)
    failure = hanging.run(hanging.env)
    assert failure is not None and (failure.module, failure.hangs) == ("numpy", 1.0)
    assert failure.file == str(tmp_path / "numpy.py")
    homeless = Probe(words, {**os.environ, "PYTHONHOME": str(tmp_path)}, FOLDER)
    failure = homeless.run(homeless.env)
    assert failure is not None and failure.module == "python" and failure.error


@given(st.lists(st.one_of(st.text(), st.sampled_from(['{"step": 1}', '{"module": null}', '{"ready": 1}', "{}"]))))
def test_no_output_of_a_probe_breaks_the_answer(lines: list[str]) -> None:
    failure = _failure_in(lines, 1, 5.0, late=False)
    assert failure is None or str(failure_sentence(failure, {}))
