"""The variables of an app: what there is, what it was, and changing it. The value of a secret never leaves the host."""

from __future__ import annotations

import os
import time
from typing import Any, Optional

from . import building, configure, dbus, files, kinds, lifecycle, names, objects, originals, paths, recovery, slots, starting, versions
from .failure import Failure


def list_variables(call: Any) -> dict[str, Any]:
    """The newest version. Arguments: app. Answers version (0: none), live (the version that the live slot runs, null where
    none is live), serves (whether a change restarts the app), at and actor of the version (null for 0), and variables:
    [{name, secret, value (null for a secret), version and at: since when it is so}...]. Failure('not-found') for an app of
    which the host knows nothing."""
    app = names.app_name(call.arguments.get("app"))
    version = versions.read(app, versions.newest(app))
    if version.number == 0 and not os.path.exists(paths.applied(app)):
        raise Failure("not-found", f"there is no app {app} on this server", field="app")
    since, at, live = version.head.get("since") or {}, version.head.get("at"), slots.live(app)
    listed = []
    for name, value in sorted(version.values.items()):
        secret, (number, moment) = version.is_secret(name), since.get(name) or (version.number, at)
        listed.append({"name": name, "secret": secret, "value": None if secret else value, "version": number, "at": moment})
    head = {"version": version.number, "live": versions.of_slot(app, live) if live else None, "serves": _serves(app)}
    return {**head, "at": at, "actor": version.head.get("actor"), "variables": listed}


def history(call: Any) -> dict[str, Any]:
    """The kept versions, newest first: version, at, actor, names added, changed and removed against the one before, restored
    (the version that it brought back, or null), live. Arguments: app."""
    app = names.app_name(call.arguments.get("app"))
    live = slots.live(app)
    runs = versions.of_slot(app, live) if live else None
    found = []
    for number in reversed(versions.numbers(app)):
        head = versions.head(app, number)
        changes = {kind: list((head.get("changes") or {}).get(kind) or []) for kind in ("added", "changed", "removed")}
        found.append({"version": number, "at": head.get("at"), "actor": head.get("actor"), **changes, "restored": head.get("restored"), "live": number == runs})
    return {"versions": found}


def change(call: Any) -> dict[str, Any]:
    """Sets and removes variables as a new version, and starts the live release with it in the other slot: the version is
    taken back where that fails. An app that does not run gets the version at its next start.

    Arguments: app; set [{name, value (null: as it is), secret}...]; unset [names]; version (that the client saw, 0: none);
    actor, origin, token, checkSeconds, drainSeconds as in deployments.start. Answers deployment (its number; null where
    nothing had to start), version (the newest now), added, changed, removed: names. Errors: conflict (somebody else changed
    them), invalid, limit, busy, not-prepared.
    """
    app = names.app_name(call.arguments.get("app"))
    seen = names.whole(call.arguments.get("version"), "version", 0, 1 << 40)
    actor = names.line(call.arguments.get("actor") or "", "actor")
    wanted, gone = _wanted(call.arguments.get("set")), [names.variable_name(name) for name in _listed(call.arguments.get("unset"), "unset")]
    objects.require_prepared()
    originals.refuse(app, "its variables are in that unit")
    made: Optional[versions.Version] = None

    def prepare(number: int) -> Optional[building.Task]:
        nonlocal made
        made = _following(app, seen, wanted, gone, actor)
        if made is None:
            return None
        if not _serves(app):
            raise Failure("conflict", f"{app} was stopped meanwhile", hint="Set the variables again.")
        task = lifecycle.task_of("variables", app, number)
        task.variables = made
        return task

    deployment = None
    if _serves(app):
        deployment = starting.begin(call, app, "variables", prepare)["deployment"]
    else:
        made = _write_only(app, lambda: _following(app, seen, wanted, gone, actor), actor)
    changes = made.head["changes"] if made else {"added": [], "changed": [], "removed": []}
    return {"deployment": deployment, "version": made.number if made else seen, **changes}


def _write_only(app: str, following: Any, actor: str) -> Optional[versions.Version]:
    lock = recovery.take_lock(app)
    try:
        lock.say(who=actor, deployment=0, step="variables", since=time.time(), pid=os.getpid())
        made: Optional[versions.Version] = following()
        if made is not None:
            versions.write(app, made)
            versions.prune(app)
            if not made.values and not os.path.exists(paths.applied(app)):
                files.remove_tree(paths.configuration(app))  # an app that never was, and is wanted no more
        return made
    finally:
        lock.release()


def _following(app: str, seen: int, wanted: dict[str, dict[str, Any]], gone: list[str], actor: str) -> Optional[versions.Version]:
    """The new version; needs the app's lock. None where all is so already."""
    before = versions.read(app, versions.newest(app))
    if before.number != seen:
        who = before.head.get("actor") or "somebody"
        raise Failure("conflict", f"the variables of {app} were changed meanwhile: version {before.number}, by {who}", hint="Look at them and set yours again.", field="version", facts={"version": before.number})
    values, secrets = dict(before.values), {name for name in before.values if before.is_secret(name)}
    for name in gone:
        values.pop(name, None)
    for name, given in wanted.items():
        if given["value"] is not None:
            values[name] = given["value"]
        elif name not in values:
            raise Failure("invalid", f"{name} has no value yet", field=name)
        elif name in secrets and not given["secret"]:
            raise Failure("invalid", f"{name} is a secret: it becomes none only with a new value", field=name)
        (secrets.add if given["secret"] else secrets.discard)(name)
    return versions.following(app, before, values, secrets, actor)


def _wanted(given: Any) -> dict[str, dict[str, Any]]:
    found = {}
    for one in _listed(given, "set"):
        if not isinstance(one, dict) or not isinstance(one.get("secret"), bool):
            raise Failure("invalid", "a variable is {name, value, secret}", field="set")
        name, value = names.variable_name(one.get("name")), one.get("value")
        problem = None if value is None else names.variable_value_problem(value)
        if problem is not None:
            raise Failure("invalid", f"{name}: {problem}", field=name)
        found[name] = {"value": value, "secret": one["secret"]}
    return found


def _listed(given: Any, field: str) -> list[Any]:
    if not isinstance(given, list) or len(given) > versions.MOST:
        raise Failure("invalid", f"{field} is a list of at most {versions.MOST}", field=field)
    return given


def _serves(app: str) -> bool:
    """Whether the app runs, or should: one that crashes all the time may do so for want of a variable."""
    slot = slots.live(app)
    if slot is None:
        return False
    if os.path.lexists(paths.boot_link(app)):
        return True
    unit = kinds.main_unit(app, slot, (configure.applied(app) or {}).get("spec"))
    with dbus.Bus() as bus:
        return unit is not None and bool(bus.properties([(unit, dbus.UNIT, "ActiveState")]) == ["active"])
