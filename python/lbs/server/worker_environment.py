"""The environment of a worker: PyTorch and CUDA read it once, when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

from lbs.memory.allocator import is_expandable, merged_allocator_conf
from lbs.settings import Settings

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def worker_environment(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """`env` with one allocator setting, lazy modules, nvidia-smi's order of GPUs, and offline hubs."""
    child = dict(env)
    conf = merged_allocator_conf(env, expandable=is_expandable(settings.enable_memory_management))
    # The CUDA name wins where both are set, so it is removed.
    child.pop("PYTORCH_CUDA_ALLOC_CONF", None)
    child["PYTORCH_ALLOC_CONF"] = conf
    child.setdefault("CUDA_MODULE_LOADING", "LAZY")
    child["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    child.update(_OFFLINE)
    # The worker runs models' code and serves no HTTP: it must not know how to reach the server.
    for name in ("LBS_TOKEN", "LBS_HOST", "LBS_PORT", "HEADROOM_FORKSERVER", "PYTHONSAFEPATH"):
        child.pop(name, None)
    return child
