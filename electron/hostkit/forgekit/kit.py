"""The kit's own installation: an archive named after its content, and the two-line script that sudo's rule names.

Beside the archive lies a second one with the bytecode as well, which saves each start 40 ms and more; it is named after the
host's own interpreter (cpython-311): one that was upgraded finds none under its name, takes the sources and works on, until the
next prepare makes its own. The archive with our hash stays as it came, byte for byte, so that it can be verified.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from typing import Any, NamedTuple, Optional

from . import FORMAT, bytearchives, files, paths
from .failure import require

LIMIT = 1 << 20


class Archive(NamedTuple):
    hash: str
    version: tuple[int, ...]
    format: int


def install(call: Any) -> dict[str, Any]:
    """Puts the kit in the body in place of an older one or one of the same version; never of a newer one.

    Kits that are running keep theirs. body: the archive. Answers {changed}. Failure kit-mismatch, invalid.
    """
    return {"changed": put(read_body(call), dry=False, anew=True)}


def read_body(call: Any) -> bytes:
    content = bytearray()
    while part := call.body.read(1 << 16):
        content += part
        require(len(content) <= LIMIT, "limit", "the kit is too large")
    return bytes(content)


def put(content: bytes, dry: bool, anew: bool = False) -> bool:
    """Installs the archive; True if something changed (or would, if dry). anew: the bytecode too, it may be damaged."""
    new = describe(content)
    require(new is not None, "invalid", "what was sent is not a kit")
    assert new is not None
    _refuse_newer(new)
    archive = paths.kit_archive(new.hash)
    complete = files.same(archive, content, 0o644) and os.path.exists(compiled(archive))
    if complete and not anew and files.same(paths.KIT_SCRIPT, _script(new.hash), 0o755):
        return False
    if not dry:
        files.ensure_directory(paths.KIT_DIRECTORY, 0o755)
        files.write_atomic(archive, content, 0o644)
        files.write_atomic(compiled(archive), bytearchives.with_bytecode(content), 0o644)
        files.write_atomic(paths.KIT_SCRIPT, _script(new.hash), 0o755)
        bytearchives.remove_old(r"kit-[0-9a-f]{12}\..*", f"kit-{new.hash}.")
    return True


def compiled(archive: str) -> str:
    """Where the archive with this interpreter's bytecode lies (__main__.py knows it too)."""
    return f"{archive[: -len('.pyz')]}.{sys.implementation.cache_tag}.zip"


def installed() -> Optional[str]:
    """The hash in the name of the installed archive, None where there is none."""
    found = re.search(r"kit-([0-9a-f]{12})\.pyz", files.read_text(paths.KIT_SCRIPT) or "")
    return found[1] if found else None


def describe(content: bytes) -> Optional[Archive]:
    """What an archive says of itself, None where it is damaged or no kit."""
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.testzip() is not None:
                return None
            declared = archive.read("forgekit/__init__.py").decode()
    except Exception:  # zipfile raises many kinds on damaged bytes
        return None
    version = re.search(r'^VERSION = "(\d+)\.(\d+)\.(\d+)"$', declared, re.MULTILINE)
    format = re.search(r"^FORMAT = (\d+)$", declared, re.MULTILINE)
    if version is None or format is None:
        return None
    return Archive(hashlib.sha256(content).hexdigest()[:12], tuple(int(part) for part in version.groups()), int(format[1]))


def _refuse_newer(new: Archive) -> None:
    present = installed()
    old = describe(files.read_bytes(paths.kit_archive(present)) or b"") if present else None
    text = (files.read_text(paths.FORMAT_FILE) or "").strip()
    newer_format = text.isdigit() and int(text) > FORMAT
    require(
        not newer_format and (old is None or old.version <= new.version),
        "kit-mismatch",
        "a newer ForgeBoard has set up this host",
        hint="Update ForgeBoard on this computer.",
    )


def _script(hash: str) -> str:
    # -B: what root imports from elsewhere leaves no caches behind.
    return f'#!/bin/sh\nexec /usr/bin/python3 -IB {paths.kit_archive(hash)} "$@"\n'
