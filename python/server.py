"""The benchmark backend: `python server.py`, by hand or under the panel.

A problem of the environment is one sentence on stderr and exit code 2, before torch is imported. Any Python 3 can run this
file, so that an old one gets such a sentence too.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# PYTHONSAFEPATH and -I leave the script's folder out of sys.path.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

NEEDED = (
    ("fastapi", "fastapi"),
    ("uvicorn", "uvicorn"),
    ("pydantic_settings", "pydantic-settings"),
    ("psutil", "psutil"),
    ("torch", "torch"),
    ("transformers", "transformers"),
    ("accelerate", "accelerate"),
    ("safetensors", "safetensors"),
)


def refuse(name: str, **values: object) -> int:
    """Says a sentence of lbs/sentences/en/server.json, without importing lbs."""
    try:
        import json
    except Exception as error:
        sys.stderr.write("headroom: json cannot be imported by " + sys.executable + " (" + str(error) + "): ")
        sys.stderr.write("unset PYTHONPATH where it is set, then start it again.\n")
        return 2
    folder = os.path.dirname(os.path.realpath(__file__))
    with open(os.path.join(folder, "lbs", "sentences", "en", "server.json"), encoding="utf-8") as file:
        text = json.load(file)[name].format(**values)
    return say_refusal({"code": "lbs.server." + name, "values": values, "text": text})


def say_refusal(sentence: "Mapping[str, object]") -> int:
    """Prints it on stderr, and writes it to the file of the start's steps, for the panel to word in its language."""
    import json

    sys.stderr.write("headroom: " + str(sentence["text"]) + "\n")
    name = os.environ.get("HEADROOM_STEPS_FILE")
    if name:
        try:
            with open(name, "a", encoding="utf-8") as file:
                file.write("refused " + json.dumps(sentence) + "\n")
        except OSError:
            pass  # The panel shows the text.
    return 2


def missing_packages() -> "list[str]":
    """Without importing them: that takes seconds for torch."""
    from importlib.util import find_spec

    return [package for module, package in NEEDED if find_spec(module) is None]


def main() -> int:
    if sys.version_info < (3, 11):
        return refuse("old_python", version=".".join(str(part) for part in sys.version_info[:3]))
    missing = missing_packages()
    if missing:
        return refuse("lacks", python=sys.executable, names=", ".join(missing))
    try:
        from importlib import import_module

        from lbs.server.start_steps import passed

        passed("interpreter")
        import_module("lbs.server.serving")
        passed("imports")
    except KeyboardInterrupt:
        return 130
    except BaseException as error:  # SystemExit too: a file may call sys.exit
        return cannot_import(error)
    return start()


def start() -> int:
    from lbs.sentences import sentence_of
    from lbs.server.serving import serve
    from lbs.settings import Settings, SettingsError
    from lbs.store import StoreError

    try:
        serve(Settings.load())
    except (SettingsError, StoreError) as error:
        return say_refusal(sentence_of(error).as_json())
    except KeyboardInterrupt:
        return 130
    return 0


def cannot_import(error: BaseException) -> int:
    """Names the module, the file and the variable at fault, as far as our own code can be imported."""
    try:
        from pathlib import Path

        from lbs.imports.diagnose import Probe, diagnose
        from lbs.imports.needed import file_at_fault, one_line
        from lbs.imports.words import failure_sentence

        env = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
        folder = Path(__file__).resolve().parent
        failure = diagnose(Probe([sys.executable, "-m", "lbs.imports.probe", "server"], env, folder))
        if failure:
            return say_refusal(failure_sentence(failure, env).as_json())
        where = file_at_fault(error) or "?"
        why = one_line(error)
    except Exception as second:
        trace = second.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = trace.tb_frame.f_code.co_filename if trace is not None else "?"
        why = type(second).__name__ + ": " + str(second)
    return refuse("broken", python=sys.executable, file=where, reason=why)


if __name__ == "__main__":
    code = main()
    # Everything is on disk and every child has exited: finalizing the interpreter only delays a restart.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
