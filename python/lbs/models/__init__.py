"""Model folders: weights, adapters, where they may be, and the toy model."""
