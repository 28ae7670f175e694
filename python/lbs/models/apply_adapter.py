"""Puts an adapter on a model, in place: the same call for the real one and for the tracer's, so that both have the same
tensors. Imports torch; peft only where there is an adapter.

It stays beside the weights that it changes, and is not merged into them: merging makes each change as large as the weight
(in float32 on a CPU, twice), is undone or needs care where layers lie on the CPU, and unpacks quantised weights. Unmerged,
what is traced is what runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lbs.memory.out_of_memory import is_out_of_memory

_PREFIX = "base_model.model."
_OWN = ("lora_", ".modules_to_save.", ".trainable_tokens_")


def put_shape_on(model: Any, folder: Path, dtype: torch.dtype) -> Any:
    """For a model on meta: the adapter's modules without their values. Fails with whatever peft finds wrong."""
    from peft import PeftModel

    peft = PeftModel(model, _config(folder), low_cpu_mem_usage=True, autocast_adapter_dtype=False)
    return _finished(peft, dtype)


def put_on(model: Any, folder: Path, dtype: torch.dtype, device_map: Mapping[str, int | str]) -> Any:
    """The same model with the adapter in it. `device_map` as the model was loaded with: peft places offloaded models anew.

    Fails with a ValueError where the adapter is another model's, an ImportError without peft, torch.OutOfMemoryError.
    """
    from peft import PeftModel

    class Checked(PeftModel):  # type: ignore[misc]  # peft is not typed
        def load_adapter(self, *words: Any, **named: Any) -> Any:
            found = super().load_adapter(*words, **named)
            # peft warns of the first kind and keeps still about the second: the model would not be the one that was chosen.
            if stray := [*found.missing_keys, *found.unexpected_keys]:
                raise ValueError(f"{len(stray)} of its tensors have no place in the base, such as {stray[0]}")
            return found

    homes = homes_of(model)
    try:
        peft = Checked.from_pretrained(
            model,
            str(folder),
            config=_config(folder),
            torch_device="cpu",  # from there each part goes to its layer's device; else all of it to the first GPU
            low_cpu_mem_usage=True,
            autocast_adapter_dtype=False,
            device_map={f"{_PREFIX}{name}" if name else "": place for name, place in device_map.items()},
        )
    except (RuntimeError, KeyError) as error:
        if is_out_of_memory(error):
            raise
        # torch's first line says only that there are errors.
        reason = str(error).strip().splitlines()[:2][-1].strip()
        raise ValueError(f"its tensors do not suit the base: {reason}") from None
    found = _finished(peft, dtype)
    for name, tensor in found.named_parameters():
        # peft takes its own layers to their base's device, but leaves whole modules that were saved where it read them.
        if tensor.device.type != "meta" and (home := home_of(name, homes)) not in (None, tensor.device):
            tensor.data = tensor.data.to(home)
    return found


def homes_of(model: Any) -> dict[str, torch.device]:
    """Where each module's own parameters lie, by the module's name; those that an offload keeps elsewhere are on meta."""
    found: dict[str, torch.device] = {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        found.setdefault(name.rpartition(".")[0], tensor.device)
    return {name: device for name, device in found.items() if device.type != "meta"}


def home_of(name: str, homes: Mapping[str, torch.device]) -> torch.device | None:
    """Of the module of the base that the parameter `name` belongs to: what peft puts around one lies below its name."""
    while name := name.rpartition(".")[0]:
        if name in homes:
            return homes[name]
    return None


def _config(folder: Path) -> Any:
    from peft import LoraConfig

    config = LoraConfig.from_pretrained(str(folder))
    config.inference_mode = True
    config.task_type = None  # its wrappers are of no use here: the base's own class is what runs
    return config


def _finished(peft: Any, dtype: torch.dtype) -> Any:
    """The base's own class and names again. Adapters are often saved in float32: theirs is the model's dtype, as counted."""
    model = peft.get_base_model().eval()
    for name, tensor in model.named_parameters():
        if tensor.dtype != dtype and tensor.is_floating_point() and any(part in name for part in _OWN):
            tensor.data = tensor.data.to(dtype)
    return model
