"""`python -I nvidia_smi_emulator.py ARGS`: stands in for nvidia-smi where there is no GPU, and never claims to be one."""

import os
import sys

# Isolated mode leaves the script's own folder out of the search path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from smi_emulator.main import main  # the path above comes first

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
