"""Where nginx logs an app's requests and errors: the files that its own site names."""

from __future__ import annotations

import glob
import grp
import json
import os
import re
from typing import Any, Iterator

from . import files, loglines, nginxtree, paths

FOLDER = "/var/log/nginx"
_NAMES = {"access_log": loglines.ACCESS, "error_log": loglines.ERROR}


def of(app: str) -> dict[str, str]:
    """Source -> path, of those that there are. A log that it shares with other sites (nginx.conf's) is not its own."""
    found: dict[str, str] = {}
    for server in _servers(_site(app)):
        for one in server.block or []:
            path = one.words[0].text if one.name in _NAMES and one.words else ""
            if path.startswith("/") and "$" not in path and not path.startswith("/dev/"):
                found.setdefault(_NAMES[one.name], path)
    return found


def prepare(text: str) -> None:
    """Makes the logs that a site of ours names: nginx would let everybody on the host read them until they are rotated."""
    for path in re.findall(rf"^\s*(?:access|error)_log ({FOLDER}/forgeboard-[a-z0-9-]+\.(?:access|error)\.log)[ ;]", text, re.MULTILINE):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError:
            continue  # it is there, or nginx says at its test why it cannot be
        try:
            os.fchmod(descriptor, 0o640)
            os.fchown(descriptor, 0, grp.getgrnam("adm").gr_gid)
        except KeyError:
            pass  # no such group: root alone reads it
        finally:
            os.close(descriptor)


def forget(app: str) -> bool:
    """Takes its log away, with what was rotated of it; True where there was any."""
    listed = [path for path in glob.glob(f"{FOLDER}/forgeboard-{app}.*.log*") if os.path.basename(path).startswith((f"forgeboard-{app}.access.log", f"forgeboard-{app}.error.log"))]
    return any([files.remove(path) for path in listed])


def _site(app: str) -> str:
    spec = json.loads(files.read_text(paths.applied(app)) or "{}").get("spec") or {}
    kept = spec.get("keptSite")
    return str(kept["file"]) if kept else paths.site(app)


def _servers(path: str) -> Iterator[Any]:
    if not os.path.exists(path):
        return
    try:
        top = nginxtree.read(path).top
    except (nginxtree.NotUnderstood, nginxtree.NotThere):
        return
    yield from (one for one in top if one.name == "server" and one.block is not None)
