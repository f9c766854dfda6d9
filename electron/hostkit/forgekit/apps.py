"""The apps of this host: what systemd, the slots and the locks say of them, and taking one away."""

from __future__ import annotations

import os
import time
from typing import Any, Optional

from . import configure, dbus, files, journal, kinds, leaving, locks, names, originals, parts, paths, recovery, registry, releases, slots, watching
from .failure import Failure

SHOWN = 50  # deployments
MEMORY = ("/sys/fs/cgroup{}/memory.current", "/sys/fs/cgroup/memory{}/memory.usage_in_bytes")  # cgroup v2, v1
WAIT_FOR_DRAIN = 60.0  # seconds


def list_apps(call: Any) -> dict[str, Any]:
    """All apps with what they run (appStatus of actions.ts). One pass: a few rounds of D-Bus, no process an app."""
    leaving.look_after()
    parts.prune_unborn()
    try:
        entries = os.listdir(paths.APPLIED)
    except FileNotFoundError:
        entries = []
    found = sorted(entry[:-5] for entry in entries if entry.endswith(".json") and names.app_name_problem(entry[:-5]) is None)
    taken = adopted()
    with dbus.Bus() as bus:
        listed = _statuses(bus, found) + [_taken_status(bus, app) for app in taken if app not in found]
    return {"apps": [{**status, "adopted": taken.get(status["app"])} for status in sorted(listed, key=lambda status: str(status["app"]))]}


def adopted() -> dict[str, dict[str, Any]]:
    """Apps that were taken over: app -> {unit, phase, url}. Looks after returns that were cut."""
    known = {app: originals.record(app) for app in originals.apps()}
    if any(one and one["phase"] == originals.RETURNING for one in known.values()):
        from . import returning  # one that was cut goes on

        returning.look_after()
    return {app: {"unit": one["unit"], "phase": originals.phase(one), "url": one["url"]} for app, one in known.items() if one}


def get(call: Any) -> dict[str, Any]:
    """One app: its status, the live release's manifest (without the list of files) and its newest deployments, newest
    first. Arguments: app, deployments (how many, 50 where not given). Failure('not-found') where the host has never heard of it."""
    app = names.app_name(call.arguments.get("app"))
    recovery.look_after(app)
    leaving.look_after()
    shown = names.whole(call.arguments.get("deployments", SHOWN), "deployments", 0, SHOWN)
    numbers = journal.numbers(app)
    taken = adopted().get(app)
    if not numbers and taken is None and not os.path.exists(paths.applied(app)):
        raise Failure("not-found", f"there is no app {app} on this server", field="app")
    holder = locks.holder(paths.lock(app)) or {}
    records = (journal.record(app, number, holder.get("deployment") == number) for number in reversed(numbers[len(numbers) - min(shown, len(numbers)) :]))
    manifest = releases.live_manifest(app)
    if manifest:
        manifest.pop("list", None)
    with dbus.Bus() as bus:
        status = _taken_status(bus, app) if taken is not None and not os.path.exists(paths.applied(app)) else _statuses(bus, [app])[0]
        return {"app": {**status, "adopted": taken}, "manifest": manifest, "deployments": [record for record in records if record]}


def _taken_status(bus: dbus.Bus, app: str) -> dict[str, Any]:
    from . import adoptions  # few hosts have such apps

    return adoptions.status(bus, app)


def _statuses(bus: dbus.Bus, found: list[str]) -> list[dict[str, Any]]:
    states = slots.states(bus, "forgeboard-*@*.*")
    applied = {app: configure.applied(app) for app in found}
    live = {app: slots.live(app) for app in found}
    units = {app: kinds.main_unit(app, slot or "a", (applied[app] or {}).get("spec")) for app, slot in live.items()}
    wanted = []
    for app, unit in units.items():
        if live[app] and unit in states:
            wanted += [(unit, dbus.UNIT, "ActiveEnterTimestamp"), (unit, dbus.SERVICE, "NRestarts"), (unit, dbus.SERVICE, "ControlGroup")]
    values = dict(zip(wanted, bus.properties(wanted)))
    return [_status(app, live[app], units[app], applied[app], states, values) for app in found]


def _status(
    app: str, slot: Optional[str], unit: Optional[str], applied: Optional[dict[str, Any]], states: dict[str, tuple[str, str]], values: dict[tuple[str, str, str], Any]
) -> dict[str, Any]:
    # Files are served as long as nginx is asked for them: stopped is a site whose boot link is gone.
    still = ("active", "running") if unit is None and os.path.lexists(paths.boot_link(app)) else ("inactive", "dead")
    active, sub = states.get(unit, still) if unit is not None else still
    holder = locks.holder(paths.lock(app))
    since = values.get((unit or "", dbus.UNIT, "ActiveEnterTimestamp")) or (os.lstat(paths.live(app)).st_mtime * 1e6 if unit is None and slot else 0)
    return {
        "app": app,
        "live": slot,
        "release": slots.release_of(app, slot) if slot else None,
        "state": "never-deployed" if slot is None else _state(active, sub),
        "since": since / 1e6 if since and active == "active" else None,
        "memory": memory(values.get((unit or "", dbus.SERVICE, "ControlGroup"))) if active == "active" else None,
        "restarts": values.get((unit or "", dbus.SERVICE, "NRestarts")) or 0,
        "deploying": {"deployment": holder.get("deployment", 0), "step": holder.get("step", ""), "by": holder.get("who", ""), "since": holder.get("since", 0)} if holder is not None else None,
        "spec": applied["spec"] if applied else None,
        "entry": applied.get("entry") if applied else None,
    }


def _state(active: str, sub: str) -> str:
    if active in ("active", "reloading"):
        return "live"
    if active == "failed" or sub.startswith("auto-restart"):
        return "failed"
    return "starting" if active == "activating" else "stopped"


def memory(group: Optional[str]) -> Optional[int]:
    for pattern in MEMORY if group else ():
        try:
            with open(pattern.format(group), encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            continue
    return None


def remove(call: Any) -> dict[str, Any]:
    """Takes an app off the host with its releases, data, user and configuration, after all that cannot be made again was
    kept in an archive (archives.py). Arguments: app, actor, registry ({text, digest} without the app, or null), entry (the
    app's text in apps.yml, or null), archive (false: none is made). Answers what was removed, [] where there was nothing,
    and the archive's name or null. Safe to run again, and where it is cut, the next contact brings it to its end; a foreign
    nginx file that is broken stops it before anything is removed. Errors: busy, conflict, config-invalid, disk-full."""
    app = names.app_name(call.arguments.get("app"))
    actor = names.line(call.arguments.get("actor") or "", "actor")
    originals.refuse_leaving(app)
    change = registry.checked(call.arguments.get("registry"))
    entry = call.arguments.get("entry")
    if entry is not None and (not isinstance(entry, str) or len(entry) > configure.TEXT_LIMIT):
        raise Failure("invalid", "the entry is a text or null", field="entry")
    if not os.path.isdir(paths.LOCKS):
        raise locks.busy(app)
    lock = recovery.take_lock(app)
    try:
        lock.say(who=actor, deployment=0, step="remove", since=time.time(), pid=os.getpid())
        registry.compare(change)
        drain = wait_for_drain(app)
        try:
            return leaving.leave(app, actor, change, entry, call.arguments.get("archive") is not False, call.check)
        finally:
            files.remove(paths.warm_lock(app))
            files.remove(paths.drain_lock(app))
            drain.release()
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
