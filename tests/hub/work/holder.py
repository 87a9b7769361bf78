"""Keeps a company for itself until it is killed.

python -m tests.hub.work.holder COMPANY
"""

from __future__ import annotations

import sys
import time

from clary.hub.installation import Installation
from clary.hub.services.working import held_back

PATIENCE_SECONDS = 50


if __name__ == "__main__":
    with Installation() as installation, held_back(installation, sys.argv[1], "a restore"):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(PATIENCE_SECONDS)
