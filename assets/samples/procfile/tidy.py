"""Runs every five minutes."""

import os
from pathlib import Path

Path(os.environ["DATA_DIR"], "tidied").touch()
print("tidied")
