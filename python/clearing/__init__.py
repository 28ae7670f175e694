"""The clearing tool's parts: standard library only, any Python from 3.8 on."""
