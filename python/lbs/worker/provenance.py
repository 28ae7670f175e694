"""What a result was computed with, so that two results can be compared."""

from __future__ import annotations

import platform

import torch
import transformers

from lbs import __version__
from lbs.models.fingerprint import fingerprint
from lbs.protocol.messages import JsonObject, StartRun
from lbs.settings import Settings
from lbs.worker.loading.checkpoint import Checkpoint

_OF_THE_SERVER = frozenset(
    f"LBS_{name}"
    for name in ("DB_PATH", "DATASETS", "WEB_DIR", "MODEL_DIRS", "ALLOWED_ORIGINS", "WARM_WORKERS", "HOST", "PORT")
)


def provenance(message: StartRun, checkpoint: Checkpoint, settings: Settings) -> JsonObject:
    """As of now, so before the model is loaded. `settings`: those that concern a run; `seed`: None where the benchmark draws
    nothing. Raises OSError."""
    folders = [checkpoint.model, *([checkpoint.path] if checkpoint.adapter else [])]
    return {
        "model_hash": fingerprint(folders),
        "versions": {
            "headroom": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "transformers": transformers.__version__,
        },
        "settings": {name: found["value"] for name, found in settings.public().items() if name not in _OF_THE_SERVER},
        "parameters": message.parameters,
        "seed": message.parameters.get("seed"),
    }
