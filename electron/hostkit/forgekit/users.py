"""An app's Unix user, fb-<app>: made by us or refused."""

from __future__ import annotations

import grp
import pwd
from typing import Optional

from . import paths
from .commands import run
from .failure import Failure


def comment(app: str) -> str:
    """Tells our users from others of the same name."""
    return f"ForgeBoard app {app}"


def find(app: str) -> Optional[tuple[int, int]]:
    """(uid, gid), None where there is no such user. Failure('exists') where somebody else made it."""
    name = paths.user(app)
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    if found.pw_gecos != comment(app):
        raise Failure("exists", f"the server has a user {name} that ForgeBoard did not make", hint="Choose another name for the app.", field="app")
    return found.pw_uid, found.pw_gid


def ensure(app: str) -> tuple[int, int, bool]:
    """(uid, gid, made)."""
    found = find(app)
    if found:
        return (*found, False)
    name = paths.user(app)
    try:
        grp.getgrnam(name)
    except KeyError:
        pass
    else:
        raise Failure("exists", f"the server has a group {name} that ForgeBoard did not make", hint="Choose another name for the app.", field="app")
    done = run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", paths.data(app), "--shell", "/usr/sbin/nologin", "--comment", comment(app), name])
    found = find(app)
    if done.code or not found:
        raise Failure("bug" if found else "missing-requirement", f"the user {name} could not be made: {done.output.strip()[:300]}")
    return (*found, True)


def remove(app: str) -> bool:
    """True if there was one."""
    if not find(app):
        return False
    done = run(["userdel", paths.user(app)])
    if done.code:
        raise Failure("busy", f"the user {paths.user(app)} could not be removed: {done.output.strip()[:300]}")
    return True
