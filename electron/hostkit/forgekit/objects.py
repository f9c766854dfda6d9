"""An app's files by content: objects/<2 hex>/<rest>, with x at the end where executable. Root-owned and read-only, so that
releases can share them by hard links and the app cannot change them."""

from __future__ import annotations

import errno
import itertools
import os
import time
from typing import Any, Iterable, Optional

from . import files, paths
from .failure import Failure

FEW = 16  # up to so many new files each is synced by itself; one sync of the disk is quicker above (34 against 102 ms for 300)
UNUSED_SECONDS = 86400.0
NEW = "new-"  # folders of contents on their way: new-<pid>-<thread> (uploads.py)


def path(app: str, key: str) -> str:
    return f"{paths.objects(app)}/{key[:2]}/{key[2:]}"


def bytecode_path(app: str, key: str, tag: str) -> str:
    """Compiled source: by the source's content and the interpreter."""
    return f"{paths.objects(app)}/{key[:2]}/{key[2:64]}.{tag}.pyc"


def missing(app: str, entries: Iterable[tuple[str, str, int]]) -> list[str]:
    """Keys that are not there, each once, in order. A file of another size than announced counts as missing."""
    found: dict[str, bool] = {}
    base = paths.objects(app)
    for _, key, size in entries:
        if key not in found:
            try:
                found[key] = os.stat(f"{base}/{key[:2]}/{key[2:]}").st_size == size
            except OSError:
                found[key] = False
    return [key for key, there in found.items() if not there]


def require_prepared() -> None:
    if not os.path.exists(paths.FORMAT_FILE):
        raise Failure("not-prepared", "this server has not been prepared for ForgeBoard", hint="Run prepare first.")


def make_layout(app: str) -> bool:
    """The app's folders, root's own until its user is made; True if the app had none."""
    files.ensure_directory(paths.APPS, 0o711)
    made = not os.path.isdir(paths.root(app))
    files.ensure_directory(paths.root(app), 0o711)
    for folder in (paths.objects(app), paths.releases(app), paths.venvs(app), paths.slots(app)):
        if not os.path.isdir(folder):
            files.ensure_directory(folder, 0o750, 0, group(app))
    return made


def group(app: str) -> int:
    """The group that reads the app's files: the one of its objects, which configure.ensure_folders sees to; root's while
    the app has none."""
    try:
        return os.stat(paths.objects(app)).st_gid
    except FileNotFoundError:
        return 0


def adopt(app: str, gid: int) -> None:
    """Gives all contents to the group that reads them, and the folders of releases, whose files are the same ones."""
    for folder, _, entries in itertools.chain(os.walk(paths.objects(app)), os.walk(paths.releases(app))):
        os.chown(folder, 0, gid)
        for entry in entries:
            os.chown(f"{folder}/{entry}", 0, gid, follow_symlinks=False)


def check_room(at: str, size: int, count: int) -> None:
    """Failure('disk-full') where `size` bytes in `count` files and 10 % more do not fit on the disk of a path."""
    found = os.statvfs(at)
    needed, free = int(size * 1.1) + count * 512, found.f_bavail * found.f_frsize
    if needed > free:
        raise disk_full(at, needed)
    if found.f_files and count * 1.1 > found.f_favail:
        raise Failure("disk-full", f"{mount(at)} has room for {found.f_favail} more files, {count} are needed", facts={"mount": mount(at), "needed": count, "free": found.f_favail, "unit": "inodes"})


def disk_full(at: str, needed: Optional[int] = None, quota: bool = False) -> Failure:
    """No room is left at a path. quota: it is one that is used up, of which the free space tells nothing."""
    if quota:
        hint = "Raise it on the server, or free some room within it, and try again."
        return Failure("disk-full", f"the disk quota on {mount(at)} is used up", hint=hint, facts={"mount": mount(at)})
    found = os.statvfs(at)
    free = found.f_bavail * found.f_frsize
    facts: dict[str, Any] = {"mount": mount(at), "free": free}
    words = f"{mount(at)} is full: {free >> 20} MB are free"
    if needed is not None:
        facts["needed"] = needed
        words += f", {(needed >> 20) + 1} MB are needed"
    return Failure("disk-full", words, hint="Free some room on the server and try again.", facts=facts)


def mount(at: str) -> str:
    """The mount point of a path."""
    at = os.path.realpath(at)
    while not os.path.ismount(at):
        at = os.path.dirname(at)
    return at


def make_durable(temporaries: list[str]) -> None:
    """Contents reach the disk before their names do."""
    if len(temporaries) > FEW:
        os.sync()
        return
    for temporary in temporaries:
        descriptor = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)


def prune(app: str) -> int:
    """Removes contents that no release has had for a day; gives how many. What a deployment uploads meanwhile is newer."""
    base, before, gone = paths.objects(app), time.time() - UNUSED_SECONDS, 0
    for folder in os.listdir(base):
        if len(folder) != 2:
            continue
        for entry in os.scandir(f"{base}/{folder}"):
            found = entry.stat(follow_symlinks=False)
            if found.st_nlink == 1 and found.st_ctime < before:
                os.unlink(entry.path)
                gone += 1
    return gone
