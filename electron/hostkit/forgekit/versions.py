"""The versions of an app's variables: /etc/forgeboard/apps/<app>/vars/<n>, each whole and never changed. The newest is what
the next start takes; what a slot runs is its `vars` link, and a release's manifest names the version that it last ran with.
Version 0 stands for "no variables", which has no file."""

from __future__ import annotations

import os
import time
from typing import Any, NamedTuple, Optional

from . import envfile, files, paths, releases, slots
from .failure import Failure

FORMAT = 1
KEPT = 20
MOST = 1000  # variables
ALL_BYTES = 1_000_000  # of names and values together: the environment has to fit beside the arguments
LIMIT = 4 << 20  # bytes of a file: each value escaped, and the first line
HEAD_LIMIT = 1 << 20
LAST = "last"  # the highest number that ever was: one that was taken back is not used again


class Version(NamedTuple):
    """head: {format, at, actor, secrets: [names], since: {name: [version, at]}, changes: {added, changed, removed},
    restored: the version that this one equals, or null}."""

    number: int
    head: dict[str, Any]
    values: dict[str, str]

    def is_secret(self, name: str) -> bool:
        """Where nobody says, a value is one: it must not be shown by mistake."""
        return "secrets" not in self.head or name in self.head["secrets"]


NONE = Version(0, {"secrets": []}, {})


def path(app: str, number: int) -> str:
    return f"{paths.variables(app)}/{number}"


def link(app: str, number: int) -> str:
    """What a slot's `vars` names, "" for none."""
    return path(app, number) if number else ""


def numbers(app: str) -> list[int]:
    """Oldest first."""
    try:
        entries = os.listdir(paths.variables(app))
    except OSError:
        return []
    return sorted(int(entry) for entry in entries if entry.isascii() and entry.isdigit())


def newest(app: str) -> int:
    return max(numbers(app), default=0)


def of_slot(app: str, slot: Optional[str]) -> int:
    """The version that a slot runs, or ran last."""
    number = slots.variables_of(app, slot).rpartition("/")[2] if slot else ""
    return int(number) if number.isdigit() else 0


def read(app: str, number: int) -> Version:
    """A version whole. Failure('not-found') where it is not there."""
    if number == 0:
        return NONE
    content = files.read_bytes(path(app, number), LIMIT)
    if content is None:
        raise Failure("not-found", f"{app} has no version {number} of its variables", field="version")
    head, values = envfile.read(path(app, number), content)
    return Version(number, head, values)


def head(app: str, number: int) -> dict[str, Any]:
    """What a version says of itself, without reading its values."""
    try:
        with open(path(app, number), "rb") as file:
            return envfile.head(file.readline(HEAD_LIMIT).decode("utf-8", "replace"))
    except OSError:
        return {}


def compared(before: Version, after: Version) -> dict[str, list[str]]:
    """Names that were added, changed (in value, or in being a secret) and removed."""
    both = before.values.keys() & after.values.keys()
    changed = (name for name in both if before.values[name] != after.values[name] or before.is_secret(name) != after.is_secret(name))
    return {"added": sorted(after.values.keys() - both), "changed": sorted(changed), "removed": sorted(before.values.keys() - both)}


def following(app: str, before: Version, values: dict[str, str], secrets: set[str], actor: str, restored: Optional[int] = None) -> Optional[Version]:
    """The version after `before` with these values, not written yet; None where nothing differs. Failure('limit') where they
    do not fit a process's environment."""
    if len(values) > MOST:
        raise Failure("limit", f"an app has at most {MOST} variables")
    size = sum(len(name) + len(value.encode()) + 2 for name, value in values.items())
    if size > ALL_BYTES:
        raise Failure("limit", f"the variables have {size} bytes together; {ALL_BYTES} are the most", hint="Large values fit better in a file in the app's data folder.")
    last = (files.read_text(f"{paths.variables(app)}/{LAST}", 64) or "").strip()
    number = max(before.number, int(last) if last.isdigit() else 0) + 1
    at = time.time()
    after = Version(number, {"secrets": sorted(secrets & values.keys())}, values)
    changes = compared(before, after)
    if not any(changes.values()):
        return None
    known = before.head.get("since") or {}
    anew = {*changes["added"], *changes["changed"]}
    since = {name: [number, at] if name in anew or name not in known else known[name] for name in sorted(values)}
    after.head.update(format=FORMAT, at=at, actor=actor, since=since, changes=changes, restored=restored)
    return after


def restored(app: str, number: Optional[int], actor: str) -> Optional[Version]:
    """What brings back the version that a release ran with, as a new one, so that the next deployment takes it too. None
    where the release does not know its own, or nothing differs."""
    if number is None or number == newest(app):
        return None
    try:
        then = read(app, number)
    except Failure as failure:
        if failure.problem != "not-found":
            raise
        raise Failure("conflict", f"version {number} of the variables of {app}, which that release ran with, is gone from the server", hint="Deploy its code again instead.") from None
    return following(app, read(app, newest(app)), then.values, {name for name in then.values if then.is_secret(name)}, actor, number)


def write(app: str, version: Version) -> None:
    """Makes it the newest, durably. Needs the app's lock."""
    for folder in (f"{paths.CONFIGURATION}/apps", paths.configuration(app), paths.variables(app)):
        files.ensure_directory(folder, 0o700)
    files.write_atomic(f"{paths.variables(app)}/{LAST}", f"{version.number}\n", 0o600)
    files.write_atomic(path(app, version.number), envfile.written(version.head, version.values), 0o600)


def require(app: str, number: int) -> None:
    """A unit starts without a word where its EnvironmentFile is missing, so this is asked before."""
    if number and not os.path.isfile(path(app, number)):
        raise Failure("conflict", f"{path(app, number)} is gone from the server", hint="Set the variables again.")


def take_back(app: str, number: int) -> None:
    """Removes a version that did not come to serve; never the one that the live slot runs."""
    live = slots.live(app)
    if live is not None and of_slot(app, live) == number:
        return
    for slot in paths.SLOTS:
        if of_slot(app, slot) == number:
            files.remove(f"{paths.slot(app, slot)}/vars")
    files.remove(path(app, number))


def keep_record(app: str) -> None:
    """Notes in the live release's manifest the version that it runs with."""
    live = slots.live(app)
    release, number = slots.release_of(app, live) if live else None, of_slot(app, live)
    known = releases.manifest(app, release) if release is not None else None
    if release is not None and known is not None and known["variables"] != number:
        releases.amend(app, release, variables=number)


def prune(app: str) -> list[int]:
    """Removes all but the newest versions, never one that a slot or a kept release names."""
    old = numbers(app)[:-KEPT]
    if not old:
        return []
    named = {of_slot(app, slot) for slot in paths.SLOTS}
    named |= {manifest["variables"] for manifest in (releases.manifest(app, number) for number in releases.numbers(app)) if manifest}
    gone = [number for number in old if number not in named]
    for number in gone:
        files.remove(path(app, number))
    return gone


def words(version: Version) -> str:
    """For a step's detail: names only."""
    changes = version.head["changes"]
    told = [f"{kind} {', '.join(listed[:5])}{f' and {len(listed) - 5} more' if len(listed) > 5 else ''}" for kind, listed in changes.items() if listed]
    back = f", as version {version.head['restored']}" if version.head.get("restored") is not None else ""
    return f"version {version.number}{back}: {'; '.join(told)}"
