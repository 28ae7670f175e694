"""Applies an adapter to a model in place: the same code for the real model and for the tracer's, so that both have the same
tensors. Imports torch; peft only where there is an adapter.

The adapter stays beside the weights that it changes. Merging makes each change as large as the weight (on a CPU twice, in
float32), is not possible for offloaded layers without care, and unpacks quantized weights. Unmerged, the trace is what runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lbs.memory.out_of_memory import is_out_of_memory
from lbs.sentences import SentenceError, say

_PREFIX = "base_model.model."
ADAPTER_MODULES = ("lora_", ".modules_to_save.", ".trainable_tokens_")
"""In the names of modules and parameters that peft adds."""


class AdapterMismatch(SentenceError, ValueError):
    """An adapter for another model than its base."""


def apply_to_meta_model(model: Any, folder: Path, dtype: torch.dtype) -> Any:
    """For a model on meta: the adapter's modules without their values. Raises whatever peft raises."""
    from peft import PeftModel

    peft = PeftModel(model, _config(folder), low_cpu_mem_usage=True, autocast_adapter_dtype=False)
    return _finished(peft, dtype)


def apply_adapter(model: Any, folder: Path, dtype: torch.dtype, device_map: Mapping[str, int | str]) -> Any:
    """The same model with the adapter in it. `device_map`: that of the model, as peft dispatches offloaded models anew.

    Raises AdapterMismatch where the adapter is for another model, ImportError without peft, torch.OutOfMemoryError.
    """
    from peft import PeftModel

    class Checked(PeftModel):  # type: ignore[misc]  # peft is not typed
        def load_adapter(self, *words: Any, **named: Any) -> Any:
            keys = super().load_adapter(*words, **named)
            # peft only warns of missing keys and ignores unexpected ones: the model would be another than the chosen one.
            if stray := [*keys.missing_keys, *keys.unexpected_keys]:
                raise AdapterMismatch(say("models.stray_tensors", count=len(stray), name=stray[0]))
            return keys

    devices = devices_of(model)
    try:
        peft = Checked.from_pretrained(
            model,
            str(folder),
            config=_config(folder),
            torch_device="cpu",  # then each part goes to its layer's device, not all of it to the first GPU
            low_cpu_mem_usage=True,
            autocast_adapter_dtype=False,
            device_map={f"{_PREFIX}{name}" if name else "": device for name, device in device_map.items()},
        )
    except (RuntimeError, KeyError) as error:
        if is_out_of_memory(error):
            raise
        # torch's first line says only that there are errors.
        reason = str(error).strip().splitlines()[:2][-1].strip()
        raise AdapterMismatch(say("models.adapter_mismatch", reason=reason)) from None
    applied = _finished(peft, dtype)
    for name, tensor in applied.named_parameters():
        # peft moves its own layers to the device of the base, but leaves saved modules where it read them.
        if tensor.device.type != "meta" and (device := device_of(name, devices)) not in (None, tensor.device):
            tensor.data = tensor.data.to(device)
    return applied


def devices_of(model: Any) -> dict[str, torch.device]:
    """By module name, the device of its own parameters; without offloaded ones, which are on meta."""
    devices: dict[str, torch.device] = {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        devices.setdefault(name.rpartition(".")[0], tensor.device)
    return {name: device for name, device in devices.items() if device.type != "meta"}


def device_of(name: str, devices: Mapping[str, torch.device]) -> torch.device | None:
    """Of the base's module that contains the parameter `name`: peft's wrappers are below its name."""
    while name := name.rpartition(".")[0]:
        if name in devices:
            return devices[name]
    return None


def _config(folder: Path) -> Any:
    from peft import LoraConfig

    config = LoraConfig.from_pretrained(str(folder))
    config.inference_mode = True
    config.task_type = None  # keeps the class of the base, without a wrapper for its task
    return config


def _finished(peft: Any, dtype: torch.dtype) -> Any:
    """With the base's own class and names. Adapters are often saved in float32: they get the model's dtype, as planned."""
    model = peft.get_base_model().eval()
    for name, tensor in model.named_parameters():
        is_adapters = any(part in name for part in ADAPTER_MODULES)
        if tensor.dtype != dtype and tensor.is_floating_point() and is_adapters:
            tensor.data = tensor.data.to(dtype)
    return model
