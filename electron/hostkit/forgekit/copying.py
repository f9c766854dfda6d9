"""Code that lies on the host already becomes contents of an app: copied by descriptors, so that nobody who may write in the
folder can lead the copy elsewhere."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from hashlib import sha256
from typing import Callable

from . import files, inspecting, objects, paths
from .failure import Failure
from .releases import Entry

CHUNK = 1 << 18


def stored(app: str, folder: str, code: inspecting.Code, texts: dict[str, str], check: Callable[[], None]) -> list[Entry]:
    """The entries of a release: the code's files, and these texts by their path. Failure('conflict') where a file changed
    meanwhile."""
    scratch = f"{paths.objects(app)}/{objects.NEW}{os.getpid()}-{threading.get_ident()}"
    gid = objects.group(app)
    os.mkdir(scratch, 0o700)
    whole: dict[str, str] = {}
    entries: list[Entry] = []
    try:
        top = files.open_directory(folder)
        try:
            for number, (path, size, executable) in enumerate(code.files):
                if path in texts:
                    continue
                check()
                key = _copy(top, path, size, executable, code.owners, f"{scratch}/{number}")
                whole[f"{scratch}/{number}"] = key
                entries.append((path, key, size))
        finally:
            os.close(top)
        for path, text in texts.items():
            temporary, content = f"{scratch}/text-{len(entries)}", text.encode()
            with open(temporary, "xb") as file:
                file.write(content)
            whole[temporary] = sha256(content).hexdigest()
            entries.append((path, whole[temporary], len(content)))
        objects.make_durable(list(whole))
        for temporary, key in whole.items():
            target = objects.path(app, key)
            os.chown(temporary, 0, gid)
            os.chmod(temporary, 0o550 if key.endswith("x") else 0o440)
            files.ensure_directory(os.path.dirname(target), 0o750, 0, gid)
            os.rename(temporary, target)
        return sorted(entries)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _copy(top: int, path: str, size: int, executable: bool, owners: set[int], target: str) -> str:
    """Copies one file; gives its key."""
    place, _, name = path.rpartition("/")
    inside = files.open_directory(place, top)
    try:
        source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=inside)
    finally:
        os.close(inside)
    digest, count = sha256(), 0
    with open(source, "rb", buffering=0) as reading, open(target, "xb") as writing:
        about = os.fstat(source)
        # Looked at again: it may be another file by now, with a name that somebody gave it to have it copied.
        usual = stat.S_ISREG(about.st_mode) and (about.st_nlink == 1 or about.st_uid in owners)
        while usual and (part := reading.read(CHUNK)):
            digest.update(part)
            writing.write(part)
            count += len(part)
            if count > size:
                break
    if not usual or count != size:
        raise Failure("conflict", f"{path} changed while it was read", hint="Try again when nothing writes to the folder.")
    return digest.hexdigest() + ("x" if executable else "")
