"""Whether a folder has a tokenizer that can be read without code of its own. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lbs.models.errors import ModelFolderError
from lbs.models.files import read_json_object
from lbs.models.library import has_tokenizer
from lbs.sentences import say

TOKENIZER_CONFIG = "tokenizer_config.json"
_PATTERNS = ("tokenizer*", "vocab*", "*.model", "*.tiktoken", "tekken.json", "merges.txt", "bpe.codes", "*vocab*.txt")


def check_tokenizer(folder: Path, config: Mapping[str, object], trust_remote_code: bool) -> None:
    """Raises ModelFolderError."""
    if not any(next(folder.glob(pattern), None) for pattern in _PATTERNS):
        raise ModelFolderError(say("models.no_tokenizer", folder=str(folder)))
    if not (folder / TOKENIZER_CONFIG).is_file():
        return
    settings = read_json_object(folder / TOKENIZER_CONFIG)
    code = settings.get("auto_map")
    # Older folders name the two classes alone.
    own = code.get("AutoTokenizer") if isinstance(code, Mapping) else code
    model_type, class_name = str(config.get("model_type")), str(settings.get("tokenizer_class"))
    if own and not trust_remote_code and not has_tokenizer(model_type, class_name):
        raise ModelFolderError(say("models.custom_tokenizer", folder=str(folder), kind=class_name))
