"""Paths of an app that outlive its releases: in a release they are links into the app's data folder."""

from __future__ import annotations

import os
import shutil
from typing import Any

from . import objects, paths, releases
from .failure import Failure


def sealed(entries: list[releases.Entry], spec: dict[str, Any]) -> list[releases.Entry]:
    """The files that are the release's own."""
    return [entry for entry in entries if not is_kept(entry[0], spec)]


def link(app: str, number: int, entries: list[releases.Entry], spec: dict[str, Any], uid: int, gid: int) -> int:
    """Links the paths of a release whose tree was just made; gives how many there are. What the folder brings there is
    copied into the data folder where that has nothing of the name yet, and never again."""
    prefix = "" if spec["root"] == "." else spec["root"] + "/"
    for name in spec.get("persist", []):
        target = f"{paths.data(app)}/{name}"
        if not os.path.lexists(target):
            _bring(app, [entry for entry in entries if (entry[0] + "/").startswith(f"{prefix}{name}/")], prefix, uid, gid)
        descriptor = _parents(paths.data(app), name, uid, gid)
        last = name.rpartition("/")[2]
        try:
            if "." not in last:  # a folder for uploads and the like; what has an ending is a file that the app makes itself
                os.mkdir(last, 0o750, dir_fd=descriptor)
                os.chown(last, uid, gid, dir_fd=descriptor, follow_symlinks=False)
        except FileExistsError:
            pass
        finally:
            os.close(descriptor)
        place = f"{paths.release(app, number)}/{prefix}{name}"
        os.makedirs(os.path.dirname(place), 0o755, exist_ok=True)
        if os.path.lexists(place):
            raise Failure("conflict", f"{name} is both kept and part of the release")
        os.symlink(target, place)
    return len(spec.get("persist", []))


def is_kept(name: str, spec: dict[str, Any]) -> bool:
    prefix = "" if spec["root"] == "." else spec["root"] + "/"
    return any((name + "/").startswith(f"{prefix}{kept}/") for kept in spec.get("persist", []))


def _bring(app: str, entries: list[releases.Entry], prefix: str, uid: int, gid: int) -> None:
    for name, key, _ in entries:
        inside = name[len(prefix) :]
        folder = _parents(paths.data(app), inside, uid, gid)
        # The data folder is the app's: whatever it put there is not followed.
        descriptor = os.open(inside.rpartition("/")[2], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=folder)
        os.close(folder)
        with open(descriptor, "wb") as file, open(objects.path(app, key), "rb") as source:
            shutil.copyfileobj(source, file)
            os.fchown(file.fileno(), uid, gid)


def _parents(top: str, name: str, uid: int, gid: int) -> int:
    """Makes the folders above a name in the data folder and gives the last one opened, each opened in the one before, so
    that no link of the app's leads elsewhere."""
    descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in name.split("/")[:-1]:
            try:
                os.mkdir(part, 0o750, dir_fd=descriptor)
                os.chown(part, uid, gid, dir_fd=descriptor, follow_symlinks=False)
            except FileExistsError:
                pass
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        return descriptor
    except BaseException:
        os.close(descriptor)
        raise
