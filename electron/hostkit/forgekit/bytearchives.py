"""Archives of Python with the bytecode of the host's own interpreter. Python keeps none of what it imports from an archive:
each start would compile it anew. They are derived and can be deleted; an interpreter that was upgraded takes the sources."""

from __future__ import annotations

import os
import re
import time

from . import files, paths

OLD = 7 * 24 * 3600  # seconds after which a replaced archive goes; work that began with it has long ended


def with_bytecode(content: bytes) -> bytes:
    """The archive with this interpreter's bytecode beside each source."""
    import io
    import zipfile
    from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]
    from importlib.util import source_hash

    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as sources, zipfile.ZipFile(written, "w") as target:
        for name in sources.namelist():
            source = sources.read(name)
            target.writestr(zipfile.ZipInfo(name), source)  # not deflated: that is quicker to read
            if name.endswith(".py"):
                code = compile(source, name, "exec", dont_inherit=True)
                # Unchecked: the sources are in the same file, and comparing them would cost what this saves.
                target.writestr(zipfile.ZipInfo(f"{name}c"), _code_to_hash_pyc(code, source_hash(source), False))
    return written.getvalue()


def remove_old(pattern: str, kept: str) -> None:
    """Those in the kit's folder whose names match, but for what begins with `kept` and what is not old yet."""
    for entry in os.listdir(paths.KIT_DIRECTORY):
        path = f"{paths.KIT_DIRECTORY}/{entry}"
        if re.fullmatch(pattern, entry) and not entry.startswith(kept) and os.lstat(path).st_mtime < time.time() - OLD:
            files.remove(path)
