"""Everything of an app on its host, read and not judged: what the runbook (shared/rules/runbook.ts) is written from."""

from __future__ import annotations

import os
import re
import stat
from typing import Any, Optional

from . import configure, files, names, paths, releases, slots, users, venvs, versions
from .failure import Failure

TEXT_LIMIT = 256 << 10  # bytes of one file


def describe(call: Any) -> dict[str, Any]:
    """An app's files with their texts, folders, user, releases, venvs and variables by name (ejected of actions.ts; never
    a value). Arguments: app. Changes nothing. Failure('not-found') where the app was never set up."""
    app = names.app_name(call.arguments.get("app"))
    applied = configure.applied(app)
    if applied is None:
        raise Failure("not-found", f"there is no app {app} on this server", field="app")
    owner = users.find(app)
    live = slots.live(app)
    return {
        "app": app,
        "spec": applied["spec"],
        "user": {"name": paths.user(app), "uid": owner[0], "gid": owner[1]} if owner else None,
        "live": live,
        "release": slots.release_of(app, live) if live else None,
        "previous": releases.previous(app),
        "boot": os.path.lexists(paths.boot_link(app)),
        "files": _texts(app),
        "folders": [one for one in map(_folder, _folders(app)) if one],
        "releases": [_release(app, number) for number in reversed(releases.numbers(app))],
        "slots": [{"slot": slot, "release": slots.release_of(app, slot), "venv": slots.venv_of(app, slot), "variables": slots.variables_of(app, slot)} for slot in paths.SLOTS],
        "variables": _variables(app),
    }


def _texts(app: str) -> list[dict[str, Any]]:
    own = re.compile(re.escape(f"forgeboard-{app}.") + r"[A-Za-z0-9@._-]+")
    units = [f"{paths.UNITS}/{entry}" for entry in sorted(os.listdir(paths.UNITS)) if own.fullmatch(entry) and os.path.isfile(f"{paths.UNITS}/{entry}")]
    found = []
    for path in [*units, paths.tmpfiles(app), paths.site(app)]:
        text = files.read_text(path, TEXT_LIMIT)
        if text is not None:
            found.append({"path": path, "mode": stat.S_IMODE(os.lstat(path).st_mode), "text": text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")})
    return found


def _folders(app: str) -> list[str]:
    return [
        paths.root(app),
        paths.releases(app),
        paths.objects(app),
        paths.venvs(app),
        paths.slots(app),
        paths.data(app),
        paths.runtime(app),
        paths.configuration(app),
        paths.journals(app),
    ]


def _folder(path: str) -> Optional[dict[str, Any]]:
    import grp
    import pwd

    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    try:
        owner = f"{pwd.getpwuid(found.st_uid).pw_name}:{grp.getgrgid(found.st_gid).gr_name}"
    except KeyError:
        owner = f"{found.st_uid}:{found.st_gid}"
    return {"path": path, "mode": stat.S_IMODE(found.st_mode), "owner": owner}


def _release(app: str, number: int) -> dict[str, Any]:
    known = releases.manifest(app, number) or {}
    plan = venvs.plan_of(app, known.get("venv", ""))
    return {
        "release": number,
        "createdAt": known.get("createdAt", 0),
        "actor": known.get("actor", ""),
        "venv": known.get("venv", ""),
        "python": plan.python if plan else None,
    }


def _variables(app: str) -> Optional[dict[str, Any]]:
    """The newest version: its file and the names in it."""
    number = versions.newest(app)
    return {"file": versions.path(app, number), "names": sorted(versions.read(app, number).values)} if number else None
