"""Apps that were taken over where they ran: whose unit they are, and their files as they were, so that giving back restores
each byte, owner, mode and time. /var/lib/forgeboard/adopted/<app>/ is root's alone: units may hold secrets."""

from __future__ import annotations

import json
import os
import stat
from hashlib import sha256
from typing import Any, Iterable, Optional

from . import files, names, paths
from .failure import Failure

TAKEN, MOVING, MOVED, RETURNING = "taken", "moving", "moved", "returning"
LIMIT = 4 << 20  # bytes of a file


def record(app: str) -> Optional[dict[str, Any]]:
    """{format, app, unit, phase, at, actor, url, listens, files: [original...], edited: {path: digest}}, None for an app that
    was not taken over."""
    text = files.read_text(f"{paths.adopted(app)}/record.json")
    return json.loads(text) if text else None


def apps() -> list[str]:
    """All that were taken over."""
    try:
        entries = os.listdir(paths.ADOPTED)
    except FileNotFoundError:
        return []
    return sorted(entry for entry in entries if names.app_name_problem(entry) is None and os.path.exists(f"{paths.adopted(entry)}/record.json"))


def phase(known: dict[str, Any]) -> str:
    """How far an app is; moved from when nginx leads to its slot, though its unit may answer last requests still."""
    return MOVED if leads_here(known["app"]) else str(known["phase"])


def keep(app: str, known: dict[str, Any]) -> None:
    """Writes the record, durably. Needs the app's lock."""
    files.ensure_directory(paths.ADOPTED, 0o700)
    files.ensure_directory(paths.adopted(app), 0o700)
    files.write_atomic(f"{paths.adopted(app)}/record.json", json.dumps(known, indent=1) + "\n", 0o600)


def forget(app: str) -> bool:
    return files.remove_tree(paths.adopted(app))


def refuse(app: str, what: str) -> None:
    """Failure('conflict') where the app's unit is not ours: nothing but its own commands may change it."""
    known = record(app)
    if known is not None and (known["phase"] in (TAKEN, RETURNING) or leads_here(app) is False):
        raise Failure("conflict", f"{app} still runs in {known['unit']}, so {what}", hint=f"Move it to slots first: forgeboard adoptions move {app}", field="app")


def refuse_leaving(app: str) -> None:
    """Failure('conflict') for an app that was taken over: its own files have to come back first."""
    if record(app) is not None:
        raise Failure("conflict", f"{app} was taken over, and its original files are kept", hint=f"Give it back first: forgeboard adoptions giveback {app}", field="app")


def snapshot(app: str, listed: Iterable[str]) -> list[dict[str, Any]]:
    """Copies files and links as they are; gives what says so, for put_back()."""
    files.ensure_directory(paths.ADOPTED, 0o700)
    files.ensure_directory(paths.adopted(app), 0o700)
    kept = []
    for number, path in enumerate(dict.fromkeys(listed)):
        found = os.lstat(path)
        one = {"path": path, "mode": stat.S_IMODE(found.st_mode), "uid": found.st_uid, "gid": found.st_gid, "mtime": found.st_mtime_ns}
        if stat.S_ISLNK(found.st_mode):
            kept.append({**one, "kind": "link", "target": os.readlink(path)})
            continue
        content = files.read_bytes(path, LIMIT)
        if content is None or found.st_nlink != 1:
            raise Failure("conflict", f"{path} has more than one name, so it is not touched", hint="Make it a file of its own first.")
        files.write_atomic(f"{paths.adopted(app)}/{number}", content, 0o600)
        kept.append({**one, "kind": "file", "digest": sha256(content).hexdigest(), "copy": str(number)})
    return kept


def digest(path: str) -> str:
    """Of a file as it is now, "" where there is none, or a link (a unit that lies elsewhere)."""
    try:
        content = files.read_bytes(path, LIMIT)
    except (Failure, OSError):
        return ""
    return "" if content is None else sha256(content).hexdigest()


def leads_here(app: str) -> Optional[bool]:
    """Whether nginx's files lead to the slot; None where the app is not on its way there."""
    known = record(app)
    if known is None or known["phase"] != MOVING:
        return None
    return bool(known["edited"]) and all(digest(path) == wanted for path, wanted in known["edited"].items())


def secrets(app: str) -> list[str]:
    """The values of the variables that its unit gives to an app which runs there still: taken out of its log."""
    known = record(app)
    if known is None or known["phase"] == MOVED:
        return []
    from . import dbus, inspecting  # few hosts have such apps

    try:
        with dbus.Bus() as bus:
            unit = inspecting.one_unit(bus, known["unit"])
            return list(inspecting.environment(bus, unit, inspecting.words_of(bus, known["unit"]), unit["folder"]).values.values())
    except Failure:
        return []


def content(app: str, one: dict[str, Any]) -> bytes:
    """The bytes of an original. Failure('conflict') where its copy is damaged."""
    found = files.read_bytes(f"{paths.adopted(app)}/{one['copy']}", LIMIT)
    if found is None or sha256(found).hexdigest() != one["digest"]:
        raise Failure("conflict", f"the kept copy of {one['path']} is damaged", hint=f"It should be in {paths.adopted(app)}. Nothing was changed.")
    return found


def put_back(app: str, one: dict[str, Any]) -> bool:
    """An original is there again as it was, to the byte and the second; True if something changed."""
    path = one["path"]
    if one["kind"] == "link":
        changed = files.replace_link(path, one["target"])
        if changed:
            os.chown(path, one["uid"], one["gid"], follow_symlinks=False)
            os.utime(path, ns=(one["mtime"], one["mtime"]), follow_symlinks=False)
        return changed
    changed = files.write_atomic(path, content(app, one), one["mode"], (one["uid"], one["gid"]))
    os.utime(path, ns=(os.stat(path).st_atime_ns, one["mtime"]), follow_symlinks=False)
    return changed
