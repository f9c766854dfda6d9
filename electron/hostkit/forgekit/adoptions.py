"""Apps that run here already: found, looked at, taken over where they run, and given back."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from typing import Any

from . import apps, configure, dbus, files, inspecting, locks, moving, names, objects, originals, paths, recovery, registry, returning, running, starting
from .failure import Failure

_STATES = {"active": "live", "reloading": "live", "failed": "failed", "activating": "starting"}


def scan(call: Any) -> dict[str, Any]:
    """Python apps that run on this host without ForgeBoard, where nginx leads, and what was taken over: {units, others,
    nginx, adopted: [{app, unit, phase}...]} as actions.ts says. Writes nothing and runs nothing of theirs."""
    returning.look_after()
    taken = (originals.record(app) or {} for app in originals.apps())
    return {**running.scan(), "adopted": [{"app": one["app"], "unit": one["unit"], "phase": originals.phase(one)} for one in taken if one]}


def inspect(call: Any) -> dict[str, Any]:
    """One app that runs, looked at closely; an inspectedUnit of actions.ts. Arguments: unit; folder (where its code is, or
    null: where it runs), root (the app's folder in it), module (that its entry point names, or null). `state` is a digest of
    all files that a move or a return would touch."""
    unit = inspecting.checked_unit(call.arguments.get("unit"))
    module = call.arguments.get("module")
    with dbus.Bus() as bus:
        found = inspecting.one_unit(bus, unit)
        words = inspecting.words_of(bus, unit)
        folder = inspecting.checked_folder(call.arguments.get("folder") or found["folder"])
        variables = inspecting.environment(bus, found, words, folder)
    code = inspecting.code(folder, inspecting.owners(found, folder))
    packages = inspecting.packages(found["words"][0])
    links = moving.links(unit)
    return {
        "unit": found,
        "links": links,
        "folder": inspecting.folder_facts(folder, code, found, words, module if isinstance(module, str) else None, names.root(call.arguments.get("root") or ".")),
        "packages": {"path": packages.path, "python": packages.python, "system": packages.system, "count": len(packages.pinned), "local": packages.local[:50]} if packages else None,
        "variables": {"names": sorted(variables.values), "refused": variables.refused, "pointing": variables.pointing, "elsewhere": variables.elsewhere},
        "groups": inspecting.groups(found["user"]),
        "pythons": inspecting.pythons(),
        "state": _state(found, links),
    }


def _state(unit: dict[str, Any], links: list[str]) -> str:
    texts = [(path, originals.digest(path)) for path in (unit["path"], *unit["dropins"])]
    return sha256(json.dumps([texts, links, unit["words"], sorted(running.nginx()["digests"].items())]).encode()).hexdigest()


def take(call: Any) -> dict[str, Any]:
    """An app that runs becomes one that ForgeBoard knows: its files are copied, its entry is written, and nothing else is
    touched: it runs on. Arguments: app, unit, sites (paths of nginx files that lead to it), url (where it answers, or null),
    domains, state (of inspect, that the plan was made from), registry ({text, digest} with its entry), actor. Answers pid, of
    its main process. Safe to run again. Errors: exists, conflict (something changed since the plan), busy, not-prepared."""
    arguments = call.arguments
    app, unit = names.app_name(arguments.get("app")), inspecting.checked_unit(arguments.get("unit"))
    actor, change = names.line(arguments.get("actor") or "", "actor"), registry.checked(arguments.get("registry"))
    sites = moving.checked_sites(arguments.get("sites"))
    objects.require_prepared()
    lock = recovery.take_lock(app)
    try:
        lock.say(who=actor, deployment=0, step="take over", since=time.time(), pid=os.getpid())
        known = originals.record(app)
        if configure.applied(app) is not None or known is not None and known["unit"] != unit:
            raise Failure("exists", f"there is an app {app} on this server", hint="Choose another name: --app NAME", field="app")
        other = next((name for name in originals.apps() if name != app and (originals.record(name) or {}).get("unit") == unit), None)
        if other is not None:
            raise Failure("exists", f"{unit} was taken over already, as {other}", field="unit")
        registry.compare(change)
        with dbus.Bus() as bus:
            found = inspecting.one_unit(bus, unit)
        links = moving.links(unit)
        if _state(found, links) != arguments.get("state"):
            raise Failure("conflict", f"{unit} or nginx's configuration changed since the plan", hint="Look at the new plan.")
        made = known is None
        try:
            kept = originals.snapshot(app, [found["path"], *found["dropins"], *links, *sites])
            url = arguments.get("url")
            head = {"format": 1, "app": app, "unit": unit, "phase": originals.TAKEN, "at": time.time(), "actor": actor}
            originals.keep(app, {**head, "url": None if url is None else names.line(url, "url"), "listens": found["listens"], "files": kept, "edited": {}})
            if change is not None:
                registry.write(change)
        except BaseException:
            if made:
                originals.forget(app)
            raise
        return {"pid": found["pid"]}
    finally:
        lock.release()


def move(call: Any) -> dict[str, Any]:
    """Starts a deployment that moves an app which was taken over into slots, of the code that lies in its folder: its unit
    serves until the slot has answered and nginx leads there, then it drains, is stopped and disabled. Answers its number at
    once. Arguments: app; spec, apply, actor, origin, token, checkSeconds, drainSeconds as in deployments.start; folder, root;
    freeze (whether the packages of its venv become its requirements); edits ([{path, digest, changes: [{start, end, text}...]}...]
    of nginx files); state (of inspect). Errors: those of deployments.start."""
    arguments = call.arguments
    app = names.app_name(arguments.get("app"))
    apply = configure.checked(app, arguments.get("apply"))
    if apply is None:
        raise Failure("invalid", "a move comes with its configuration", field="apply")
    spec = starting.checked_spec(app, arguments.get("spec"), True)
    return moving.begin(call, app, spec, apply, lambda unit: _state(unit, moving.links(unit["unit"])))


def describe(call: Any) -> dict[str, Any]:
    """What is kept of an app that was taken over: {app, unit, phase, at, actor, url, files: [{path, kind, state}...], live, data}.
    state: same, changed or gone against what was kept; edited where it is as ForgeBoard left it. Arguments: app.
    Failure('not-found')."""
    app = names.app_name(call.arguments.get("app"))
    known = _known(app)
    listed = [{"path": one["path"], "kind": one["kind"], "state": moving.state_of(known, one)} for one in known["files"]]
    return {**{name: known[name] for name in ("app", "unit", "phase", "at", "actor", "url")}, "files": listed}


def giveback(call: Any) -> dict[str, Any]:
    """An app that was taken over is its owner's again. Where it was moved, its unit is started, and once it answers nginx's
    files are put back and nginx reloaded; then its links, and the slots go, with an archive of what they had. Arguments: app,
    actor, registry ({text, digest} without its entry, or null), entry (its text, or null). Answers archive (its name, or
    null), changed and pid. What is cut is brought to its end by whoever comes by next. Errors: busy, conflict,
    config-invalid, start-failed (its unit does not come up: the slots serve on)."""
    app, actor = names.app_name(call.arguments.get("app")), names.line(call.arguments.get("actor") or "", "actor")
    change, entry = registry.checked(call.arguments.get("registry")), call.arguments.get("entry")
    if entry is not None and (not isinstance(entry, str) or len(entry) > configure.TEXT_LIMIT):
        raise Failure("invalid", "the entry is a text or null", field="entry")
    objects.require_prepared()
    lock = recovery.take_lock(app)
    try:
        lock.say(who=actor, deployment=0, step="give back", since=time.time(), pid=os.getpid())
        known = _known(app)
        registry.compare(change)
        return returning.give_back(app, known, actor, change, entry)
    finally:
        if originals.record(app) is None:
            files.remove(paths.lock(app))
        lock.release()


def status(bus: dbus.Bus, app: str) -> dict[str, Any]:
    """An app that runs in its own unit still, in the form of apps.list."""
    unit = _known(app)["unit"]
    asked = [(unit, dbus.UNIT, "ActiveState"), (unit, dbus.UNIT, "ActiveEnterTimestamp"), (unit, dbus.SERVICE, "NRestarts"), (unit, dbus.SERVICE, "ControlGroup")]
    active, since, restarts, group = bus.properties(asked)
    holder = locks.holder(paths.lock(app))
    return {
        "app": app,
        "live": None,
        "release": None,
        "state": _STATES.get(active or "", "stopped"),
        "since": since / 1e6 if since and active == "active" else None,
        "memory": apps.memory(group) if active == "active" else None,
        "restarts": restarts or 0,
        "deploying": {"deployment": holder.get("deployment", 0), "step": holder.get("step", ""), "by": holder.get("who", ""), "since": holder.get("since", 0)} if holder is not None else None,
        "spec": None,
        "entry": None,
    }


def _known(app: str) -> dict[str, Any]:
    known = originals.record(app)
    if known is None:
        raise Failure("not-found", f"{app} was not taken over", field="app", hint="See what was: forgeboard adoptions scan")
    return known
