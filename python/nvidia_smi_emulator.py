"""`python -I nvidia_smi_emulator.py ARGS`: an nvidia-smi for machines without a GPU. Its output says that it is emulated."""

import os
import sys

# Isolated mode leaves the script's folder out of sys.path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from smi_emulator.main import main  # needs the path above

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
