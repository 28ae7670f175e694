"""An nvidia-smi for machines without a GPU: same arguments, same output. Standard library only, any Python from 3.8."""
