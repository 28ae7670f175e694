"""One device layer with three implementations: CUDA GPUs, emulated ones, none. Nothing else calls torch.cuda."""

from __future__ import annotations

import os

from .base import Device, Placement, model_bytes
from .none import NoDevice

__all__ = ["Device", "Placement", "model_bytes", "open_device"]


def open_device(emulated: str | None) -> Device:
    """`emulated` is LBS_EMULATED_GPUS, such as `256MiB` or `24GiB,24GiB`; empty: the real GPUs, where there are any."""
    # nvidia-smi orders GPUs by bus, CUDA by speed by default: must be set before the first CUDA call.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    if emulated:
        from .emulated import EmulatedDevice

        return EmulatedDevice.from_setting(emulated)
    import torch

    if torch.cuda.is_available():
        from .cuda import CudaDevice

        return CudaDevice()
    return NoDevice()
