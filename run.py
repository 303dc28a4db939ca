#!/usr/bin/env python3
"""Set Atelier up and run it. `python3 run.py` serves it, `python3 run.py test` tests it; the Makefile names the rest.

This file only checks the Python version, in syntax that old versions understand, and hands over to `scripts/`.
"""

import os
import sys

MINIMUM = (3, 11)

if sys.version_info < MINIMUM:
    sys.exit(
        "Atelier needs Python {}.{} or newer, but {} is Python {}. Install a newer one and name it: make run PYTHON=python3.12".format(
            MINIMUM[0], MINIMUM[1], sys.executable or "python3", sys.version.split()[0]
        )
    )
if os.name != "posix":
    sys.exit("Atelier's one-command start needs Linux or macOS. On Windows, run it inside WSL.")

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from scripts.commands import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
