"""The apps of this host: what systemd, the slots and the locks say of them, and taking one away."""

from __future__ import annotations

import os
import time
from typing import Any, Optional

from . import configure, dbus, files, journal, locks, names, paths, recovery, registry, releases, removal, slots, watching
from .failure import Failure

SHOWN = 50  # deployments
MEMORY = ("/sys/fs/cgroup{}/memory.current", "/sys/fs/cgroup/memory{}/memory.usage_in_bytes")  # cgroup v2, v1
WAIT_FOR_DRAIN = 60.0  # seconds


def list_apps(call: Any) -> dict[str, Any]:
    """All apps with what they run (appStatus of actions.ts). One pass: a few rounds of D-Bus, no process an app."""
    try:
        entries = os.listdir(paths.APPLIED)
    except FileNotFoundError:
        entries = []
    found = sorted(entry[:-5] for entry in entries if entry.endswith(".json") and names.app_name_problem(entry[:-5]) is None)
    with dbus.Bus() as bus:
        return {"apps": _statuses(bus, found)}


def get(call: Any) -> dict[str, Any]:
    """One app: its status, the live release's manifest (without the list of files) and its newest 50 deployments, newest
    first. Failure('not-found') where the host has never heard of it."""
    app = names.app_name(call.arguments.get("app"))
    recovery.look_after(app)
    numbers = journal.numbers(app)
    if not numbers and not os.path.exists(paths.applied(app)):
        raise Failure("not-found", f"there is no app {app} on this server", field="app")
    holder = locks.holder(paths.lock(app)) or {}
    records = (journal.record(app, number, holder.get("deployment") == number) for number in reversed(numbers[-SHOWN:]))
    manifest = releases.live_manifest(app)
    if manifest:
        manifest.pop("list", None)
    with dbus.Bus() as bus:
        return {"app": _statuses(bus, [app])[0], "manifest": manifest, "deployments": [record for record in records if record]}


def _statuses(bus: dbus.Bus, found: list[str]) -> list[dict[str, Any]]:
    states = slots.states(bus, "forgeboard-*.web@*.service")
    live = {app: slots.live(app) for app in found}
    wanted = []
    for app, slot in live.items():
        if slot and paths.unit(app, slot) in states:
            unit = paths.unit(app, slot)
            wanted += [(unit, dbus.UNIT, "ActiveEnterTimestamp"), (unit, dbus.SERVICE, "NRestarts"), (unit, dbus.SERVICE, "ControlGroup")]
    values = dict(zip(wanted, bus.properties(wanted)))
    return [_status(app, live[app], states, values) for app in found]


def _status(app: str, slot: Optional[str], states: dict[str, tuple[str, str]], values: dict[tuple[str, str, str], Any]) -> dict[str, Any]:
    unit = paths.unit(app, slot or "a")
    active, sub = states.get(unit, ("inactive", "dead"))
    holder = locks.holder(paths.lock(app))
    since = values.get((unit, dbus.UNIT, "ActiveEnterTimestamp")) or 0
    applied = configure.applied(app)
    return {
        "app": app,
        "live": slot,
        "release": slots.release_of(app, slot) if slot else None,
        "state": "never-deployed" if slot is None else _state(active, sub),
        "since": since / 1e6 if since and active == "active" else None,
        "memory": _memory(values.get((unit, dbus.SERVICE, "ControlGroup"))) if active == "active" else None,
        "restarts": values.get((unit, dbus.SERVICE, "NRestarts")) or 0,
        "deploying": {"deployment": holder.get("deployment", 0), "step": holder.get("step", ""), "by": holder.get("who", ""), "since": holder.get("since", 0)} if holder is not None else None,
        "spec": applied["spec"] if applied else None,
    }


def _state(active: str, sub: str) -> str:
    if active in ("active", "reloading"):
        return "live"
    if active == "failed" or sub.startswith("auto-restart"):
        return "failed"
    return "starting" if active == "activating" else "stopped"


def _memory(group: Optional[str]) -> Optional[int]:
    for pattern in MEMORY if group else ():
        try:
            with open(pattern.format(group), encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            continue
    return None


def remove(call: Any) -> dict[str, Any]:
    """Takes an app off the host with its releases, data, user and configuration. Arguments: app, registry ({text, digest}
    without the app, or null). Answers what was removed, [] where there was nothing. Safe to run again; a foreign nginx
    file that is broken stops it before anything is removed. Errors: busy, conflict, config-invalid."""
    app = names.app_name(call.arguments.get("app"))
    change = registry.checked(call.arguments.get("registry"))
    if not os.path.isdir(paths.LOCKS):
        raise locks.busy(app)
    lock = recovery.take_lock(app)
    try:
        lock.say(who=str(call.arguments.get("actor") or ""), deployment=0, step="remove", since=time.time(), pid=os.getpid())
        registry.compare(change)
        drain = wait_for_drain(app)
        try:
            with dbus.Bus() as bus:
                bus.listen(dbus.JOB_SIGNALS)
                changed = removal.take_away(bus, app)
            if change is not None and files.read_text(paths.REGISTRY) != change["text"]:
                registry.write(change)
                changed.append(paths.REGISTRY)
        finally:
            files.remove(paths.drain_lock(app))
            drain.release()
        return {"changed": changed}
    finally:
        files.remove(paths.lock(app))
        lock.release()


def wait_for_drain(app: str) -> locks.Lock:
    """The app's drain lock, after a watch was ended and the old slot was stopped. Needs the app's lock."""
    watching.end(app)
    deadline = time.monotonic() + WAIT_FOR_DRAIN
    while (lock := locks.take(paths.drain_lock(app))) is None:
        if time.monotonic() > deadline:
            raise Failure("busy", f"the last deployment of {app} still drains its old slot", hint="Try again in a moment.")
        time.sleep(0.1)
    return lock
