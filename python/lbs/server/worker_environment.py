"""The environment of a worker: PyTorch and CUDA read it once, when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

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
    conf = merged_allocator_conf(env, expandable=settings.enable_memory_management)
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


def merged_allocator_conf(env: Mapping[str, str], *, expandable: bool) -> str:
    """The entries of both variables, the CUDA one wins; `expandable` sets expandable_segments."""
    entries: dict[str, str] = {}
    for name in ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF"):
        for part in _split(env.get(name, "")):
            key, _, value = part.partition(":")
            entries[key.strip()] = value.strip()
    entries["expandable_segments"] = str(expandable)
    return ",".join(f"{key}:{value}" for key, value in entries.items())


def _split(conf: str) -> list[str]:
    """Splits at commas outside brackets, such as those of roundup_power2_divisions:[256:1,512:2]."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(conf):
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append(conf[start:place])
            start = place + 1
    return [part for part in [*parts, conf[start:]] if ":" in part]
