"""Kernels that every model needs, run once on something small: CUDA loads each when it is first asked for, outside of what
the allocator counts, and what is loaded before the context is measured cannot surprise a run."""

from __future__ import annotations

import torch
import torch.nn.functional as functional


def run_kernels(place: str) -> None:
    """`place` as torch names it, such as cuda:0. What it allocates is garbage afterwards, but for cuBLAS' workspace."""
    mask = torch.ones((1, 1, 64, 64), dtype=torch.bool, device=place).tril()
    ids = torch.arange(64, device=place)
    for dtype in (torch.float16, torch.bfloat16):
        hidden = torch.ones((64, 64), device=place, dtype=dtype)
        heads = hidden.expand(1, 2, 64, 64)
        functional.scaled_dot_product_attention(heads, heads, heads, is_causal=True)
        functional.scaled_dot_product_attention(heads, heads, heads, attn_mask=mask)
        wide = functional.embedding(ids, hidden) @ hidden
        normal = wide.float() * torch.rsqrt(wide.float().pow(2).mean(-1, keepdim=True) + 1e-6)
        gated = functional.silu(normal.to(dtype)) * functional.gelu(hidden)
        turned = torch.cat([-gated[:, 32:], gated[:, :32]], dim=-1)
        logits = turned.softmax(-1, dtype=torch.float32).to(copy=True, dtype=torch.float32)
        torch.cat([ids, logits.argmax(-1)]).cumsum(-1)
