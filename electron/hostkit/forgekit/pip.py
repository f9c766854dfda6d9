"""pip, from the wheel that python3-venv brings: venvs are made without a copy of their own. From the wheel as it is, each run
would compile pip anew, half of its processor time; so an archive with the bytecode lies beside the kit."""

from __future__ import annotations

import os
import re
import sys
from typing import Optional

from . import bytearchives, files, paths
from .failure import Failure

WHEELS = "/usr/share/python-wheels"
LIMIT = 16 << 20


def path() -> str:
    """What to put on Python's path; the archive is made now where it is missing, the wheel itself is it where that cannot be."""
    wheel = _wheel()
    if wheel is None:
        raise Failure("missing-requirement", "pip's wheel is not on the server", hint="Run prepare again: it installs python3-venv.")
    try:
        put(dry=False)
        return _archive(wheel)
    except (Failure, OSError, SyntaxError):  # a full disk, say: whoever installs packages will meet that, and say it better
        return wheel


def put(dry: bool) -> bool:
    """Makes the archive; True if it was missing, False too where there is no wheel yet."""
    wheel = _wheel()
    archive = _archive(wheel) if wheel else None
    if wheel is None or archive is None or os.path.exists(archive):
        return False
    if not dry:
        files.ensure_directory(paths.KIT_DIRECTORY, 0o755)
        files.write_atomic(archive, bytearchives.with_bytecode(files.read_bytes(wheel, LIMIT) or b""), 0o644)
        bytearchives.remove_old(r"pip-.*\.zip", os.path.basename(archive))
    return True


def _archive(wheel: str) -> str:
    """Named after the wheel as it is now: Debian mends one under the same name."""
    found = os.stat(wheel)
    return f"{paths.KIT_DIRECTORY}/{os.path.basename(wheel)[: -len('.whl')]}-{found.st_mtime_ns:x}-{found.st_size:x}.{sys.implementation.cache_tag}.zip"


def _wheel() -> Optional[str]:
    names = sorted(entry for entry in (os.listdir(WHEELS) if os.path.isdir(WHEELS) else []) if re.match(r"pip-[\d.]+.*\.whl$", entry))
    return f"{WHEELS}/{names[-1]}" if names else None
