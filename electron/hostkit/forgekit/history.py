"""What releases an app has, and how two of them differ."""

from __future__ import annotations

import os
from typing import Any, Optional

from . import names, paths, releases, slots, versions
from .failure import Failure

SHOWN = 1000  # paths of each kind in a comparison


def list_releases(call: Any) -> dict[str, Any]:
    """The kept releases (releaseRecord), newest first. Arguments: app. Failure('not-found') where there is no such app."""
    app = names.app_name(call.arguments.get("app"))
    _require(app)
    live, previous = slots.live_release(app), releases.previous(app)
    found = []
    for number in reversed(releases.numbers(app)):
        manifest = releases.manifest(app, number)
        if manifest is not None:
            manifest.pop("list", None)
            manifest.pop("texts", None)
            state = "live" if number == live else "previous" if number == previous else "kept"
            found.append({**manifest, "state": state})
    return {"releases": found}


def compare(call: Any) -> dict[str, Any]:
    """How the release `to` differs from `from`. Arguments: app, from, to. Answers {added, removed, changed: paths, at most
    1000 each, more: how many were left out, before, after: the specs, null where a release does not know its own, variables:
    {added, removed, changed: names} between the versions that they last ran with, null where one of these is gone}."""
    app = names.app_name(call.arguments.get("app"))
    _require(app)
    old, new = (_manifest(app, names.whole(call.arguments.get(side), side, 1, 1 << 40), side) for side in ("from", "to"))
    before, after = ({name: key for name, key, _ in one["list"]} for one in (old, new))
    paths_of = {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": sorted(name for name in before.keys() & after.keys() if before[name] != after[name]),
    }
    more = sum(max(0, len(found) - SHOWN) for found in paths_of.values())
    return {**{kind: found[:SHOWN] for kind, found in paths_of.items()}, "more": more, "before": old["spec"], "after": new["spec"], "variables": _variables(app, old, new)}


def _variables(app: str, old: dict[str, Any], new: dict[str, Any]) -> Optional[dict[str, list[str]]]:
    if old["variables"] is None or new["variables"] is None:
        return None  # made before it was kept
    try:
        return versions.compared(versions.read(app, old["variables"]), versions.read(app, new["variables"]))
    except Failure:
        return None


def _require(app: str) -> None:
    if not os.path.isdir(paths.releases(app)):
        raise Failure("not-found", f"there is no app {app} on this server", field="app")


def _manifest(app: str, number: int, field: str) -> dict[str, Any]:
    found = releases.manifest(app, number)
    if found is None:
        raise Failure("not-found", f"{app} has no release {number}", hint=f"Kept are: {', '.join(map(str, releases.numbers(app)))}.", field=field)
    return found
