"""An nvidia-smi for machines without a GPU: same arguments, same output. Standard library only, Python 3.8 or later."""
