"""Parts of large contents whose upload was cut, kept as objects/part-<key> for the next attempt (fault F28): a few of an app,
for a day. Their bytes are checked against the key only once the rest has come."""

from __future__ import annotations

import glob
import os
import shutil
import time
from typing import Iterable

from . import files, locks, names, objects, paths

PART = "part-"
LEAST = 1 << 20  # less than this of a content is sent again rather than kept
MOST_PARTS = 4  # of an app; the newest stay
PART_SECONDS = 86400.0


def partial(app: str, entries: Iterable[tuple[str, str, int]], missing: Iterable[str]) -> dict[str, int]:
    """How many bytes of contents that are missing are here already, by key; of an upload that still runs, as of now."""
    sizes = {key: size for _, key, size in entries if size >= LEAST}
    here: dict[str, int] = {}
    for key in missing:
        if key in sizes:
            most = max((min(size, sizes[key]) for _, size in found(app, key)), default=0)
            if most >= LEAST:
                here[key] = most
    return here


def found(app: str, key: str) -> list[tuple[str, int]]:
    """(path, bytes) of what has come of a content, kept or still under way."""
    base, parts = paths.objects(app), []
    for path in [f"{base}/{PART}{key}", *glob.glob(f"{base}/{objects.NEW}*/{key}")]:
        try:
            parts.append((path, os.lstat(path).st_size))
        except OSError:
            continue
    return parts


def keep(app: str, path: str) -> None:
    """Keeps what came of a content, where it is worth it and more than what was kept before."""
    kept = f"{paths.objects(app)}/{PART}{os.path.basename(path)}"
    size = os.lstat(path).st_size
    if size >= LEAST and not (os.path.exists(kept) and os.lstat(kept).st_size >= size):
        os.rename(path, kept)


def bound(app: str) -> None:
    """Removes all but the newest parts, and those of yesterday."""
    parts = []
    for path in glob.glob(f"{paths.objects(app)}/{PART}*"):
        try:
            parts.append((os.lstat(path).st_mtime, path))
        except FileNotFoundError:
            continue  # an upload has just taken it up
    before = time.time() - PART_SECONDS
    for place, (changed, path) in enumerate(sorted(parts, reverse=True)):
        if place >= MOST_PARTS or changed < before:
            files.remove(path)


def clear(app: str) -> None:
    """Settles what writers that were killed left: a large part is kept, the rest goes; parts of yesterday go."""
    base, parts = paths.objects(app), False
    for entry in os.listdir(base):
        parts = parts or entry.startswith(PART)
        if not entry.startswith(objects.NEW) or os.path.exists(f"/proc/{entry.split('-')[1]}"):
            continue
        left = f"{base}/{entry}"
        try:
            for name in os.listdir(left):
                keep(app, f"{left}/{name}")
                parts = True
        except FileNotFoundError:
            pass  # somebody else is at it
        except NotADirectoryError:
            files.remove(left)  # of a kit that had no folder for them
        shutil.rmtree(left, ignore_errors=True)
    if parts:
        bound(app)


def prune_unborn() -> None:
    """Removes what was uploaded a day ago or earlier for apps that never came to be: there is nothing but contents."""
    for entry in os.scandir(paths.APPS) if os.path.isdir(paths.APPS) else ():
        app = entry.name
        if names.app_name_problem(app) is not None or os.path.exists(paths.applied(app)):
            continue
        try:
            if not _is_unborn(app, entry):
                continue
        except FileNotFoundError:
            continue  # somebody else is at it
        lock = locks.take(paths.lock(app))
        if lock is not None:
            shutil.rmtree(paths.root(app), ignore_errors=True)
            files.remove(paths.lock(app))
            lock.release()


def _is_unborn(app: str, entry: "os.DirEntry[str]") -> bool:
    """Whether the folder has never held more than uploads, and none for a day."""
    if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_mtime > time.time() - PART_SECONDS:
        return False
    others = (paths.releases(app), paths.venvs(app), paths.slots(app))
    return {f"{entry.path}/{name}" for name in os.listdir(entry.path)} == {*others, paths.objects(app)} and not any(os.listdir(other) for other in others)
