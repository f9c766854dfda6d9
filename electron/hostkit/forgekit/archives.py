"""Archives of apps that were removed: /var/lib/forgeboard/removed/<app>-<UTC>.tar.gz, kept for 30 days. Whoever comes by
takes the old ones away; nothing waits for it. They are plain tar, so that a person can read one without ForgeBoard.

Members, in this order: about.json (what the app was), variables/<version>, objects/<key> (the contents of the live release's
files; the manifest in about.json names them), data/... as it was.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any, Iterator, Optional

from . import files, names, paths, ports
from .failure import Failure

FORMAT = 1
KEPT_SECONDS = 30 * 86400.0
LEFTOVER_SECONDS = 86400.0
ABOUT = "about.json"
ABOUT_LIMIT = 96 << 20  # bytes; the manifest of 200,000 files takes some 30 MB
_NAME = re.compile(r"([a-z][a-z0-9-]{0,27})-([0-9]{8}T[0-9]{6}Z)\.tar\.gz")


def removed(call: Any) -> dict[str, Any]:
    """The archives, newest first, each as removedApp of actions.ts; `listening`, the TCP ports that are taken on this
    host; and `free`, the bytes that more archives have. Arguments: app (only its own) or null."""
    app = call.arguments.get("app")
    if app is not None:
        names.app_name(app)
    prune()
    found = [_described(name) for name in sorted(_archives(), key=_stamp, reverse=True) if app is None or app_of(name) == app]
    return {"apps": [one for one in found if one], "listening": ports.listening(), "free": _free()}


def total() -> int:
    """Bytes of all archives together."""
    size = 0
    for name in _archives():
        try:
            size += os.lstat(path(name)).st_size
        except FileNotFoundError:
            continue  # just deleted
    return size


def _free() -> int:
    found = os.statvfs(paths.REMOVED if os.path.isdir(paths.REMOVED) else "/")
    return found.f_bavail * found.f_frsize


def purge(call: Any) -> dict[str, Any]:
    """Deletes an archive for good. Arguments: archive (its name). Failure('not-found') where it is not there."""
    name = checked(call.arguments.get("archive"))
    files.remove(path(name))
    return {"changed": [path(name)]}


def checked(name: Any) -> str:
    """The argument `archive`: a name of one that is there."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Failure("invalid", "an archive is named <app>-<time>.tar.gz", field="archive")
    if not os.path.isfile(path(name)):
        raise Failure("not-found", f"there is no archive {name} on this server any more", field="archive")
    return name


def path(name: str) -> str:
    return f"{paths.REMOVED}/{name}"


def app_of(name: str) -> str:
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


def new_name(app: str) -> str:
    """A name that no archive has; two removals in one second differ by a second."""
    at = time.time()
    while os.path.exists(path(name := f"{app}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at))}.tar.gz")):
        at += 1
    return name


def about(name: str) -> dict[str, Any]:
    """What an archive says of itself: its first member. Failure('config-invalid') where it cannot be read."""
    import tarfile
    import zlib

    try:
        with tarfile.open(path(name), "r|gz") as archive:
            first = archive.next()
            if first is None or first.name != ABOUT or not first.isreg() or first.size > ABOUT_LIMIT:
                raise ValueError("it does not begin with about.json")
            said = json.loads((archive.extractfile(first) or _none()).read())
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise Failure("config-invalid", f"{path(name)} cannot be read: {error}", hint="It is damaged, or not an archive of ForgeBoard.") from None
    if not isinstance(said, dict) or said.get("app") != app_of(name):
        raise Failure("config-invalid", f"{path(name)} is not an archive of {app_of(name)}")
    if said.get("format") != FORMAT:
        raise Failure("kit-mismatch", f"{path(name)} was written by a newer ForgeBoard", hint="Update ForgeBoard on this computer.")
    return said


def prune() -> None:
    """Takes away what has had its 30 days, and what writers that were killed left."""
    now = time.time()
    for name in _archives():
        if now > expiry(name):
            files.remove(path(name))
    for entry in _entries():
        if entry.startswith(".") and entry.endswith(files.SUFFIX):
            process = entry[: -len(files.SUFFIX)].rpartition(".")[2]
            if not os.path.exists(f"/proc/{process}") or now - os.lstat(path(entry)).st_mtime > LEFTOVER_SECONDS:
                files.remove(path(entry))


def expiry(name: str) -> float:
    """Seconds since 1970, by the time in its name."""
    import calendar

    return calendar.timegm(time.strptime(_stamp(name), "%Y%m%dT%H%M%SZ")) + KEPT_SECONDS


def _described(name: str) -> Optional[dict[str, Any]]:
    try:
        said, size = about(name), os.lstat(path(name)).st_size
    except (Failure, FileNotFoundError):
        return None  # damaged, or just deleted: nothing of it can be put back
    applied = said.get("applied") or {}
    return {
        "archive": name,
        "app": said["app"],
        "removedAt": said.get("at", 0),
        "by": said.get("actor", ""),
        "size": size,
        "until": expiry(name),
        "release": said.get("release"),
        "files": said.get("files", 0),
        "bytes": said.get("bytes", 0),
        "spec": applied.get("spec"),
        "entry": said.get("entry"),
        "texts": applied.get("files") or {},
    }


def _none() -> Any:
    raise ValueError("its about.json is empty")


def _stamp(name: str) -> str:
    found = _NAME.fullmatch(name)
    return found[2] if found else ""


def _archives() -> Iterator[str]:
    return (entry for entry in _entries() if _NAME.fullmatch(entry))


def _entries() -> list[str]:
    try:
        return os.listdir(paths.REMOVED)
    except FileNotFoundError:
        return []
