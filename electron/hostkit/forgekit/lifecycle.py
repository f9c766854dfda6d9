"""Restarting, stopping and starting an app. A restart is a deployment of the release that is live: the other slot starts,
is checked and switched to. A stopped app is one whose boot unit is not enabled, so that it stays stopped over a reboot."""

from __future__ import annotations

import os
import time
from typing import Any, Optional

from . import apps, building, configure, dbus, files, kinds, names, originals, paths, recovery, releases, slots, starting, venvs
from .failure import Failure


def restart(call: Any) -> dict[str, Any]:
    """Runs the live release anew, through the other slot; a stopped app is started. Answers the number of a deployment.
    Arguments: app; actor, origin, token, checkSeconds, drainSeconds as in deployments.start."""
    app = names.app_name(call.arguments.get("app"))
    return starting.begin(call, app, "restart", lambda number: task_of("restart", app, number))


def start(call: Any) -> dict[str, Any]:
    """Starts a stopped app, and at boot from now on. Ends as unchanged at once where it runs. Arguments as in restart."""
    app = names.app_name(call.arguments.get("app"))

    def prepare(number: int) -> Optional[building.Task]:
        task = task_of("start", app, number)
        unit = kinds.main_unit(app, slots.live(app) or "a", task.spec)
        with dbus.Bus() as bus:
            runs = unit is None or bus.properties([(unit, dbus.UNIT, "ActiveState")]) == ["active"]
        return None if runs and os.path.lexists(paths.boot_link(app)) else task

    return starting.begin(call, app, "start", prepare)


def stop(call: Any) -> dict[str, Any]:
    """Stops an app, also for the next boot; nginx answers 502 meanwhile. Arguments: app, actor. Answers what changed, []
    where it was stopped. Requests under way get the unit's own time to end (35 s). Errors: busy, not-found."""
    app = names.app_name(call.arguments.get("app"))
    actor = names.line(call.arguments.get("actor") or "", "actor")
    _require(app)
    lock = recovery.take_lock(app)
    try:
        lock.say(who=actor, deployment=0, step="stop", since=time.time(), pid=os.getpid())
        drain = apps.wait_for_drain(app)
        try:
            changed = [paths.boot_link(app)] if files.remove(paths.boot_link(app)) else []
            with dbus.Bus() as bus:
                bus.listen(dbus.JOB_SIGNALS)
                for slot in paths.SLOTS:
                    changed += kinds.stop_slot(bus, app, slot, grace=None)
        finally:
            drain.release()
        return {"changed": changed}
    finally:
        lock.release()


def _require(app: str) -> dict[str, Any]:
    applied = configure.applied(app)
    if applied is None:
        originals.refuse(app, "it is started and stopped there")
    if applied is None or slots.live(app) is None:
        raise Failure("not-found", f"{app} was never deployed to this server", field="app")
    return applied


def task_of(kind: str, app: str, number: int) -> building.Task:
    """Starting the live release anew, in the other slot."""
    spec, manifest, slot = _require(app)["spec"], releases.live_manifest(app), slots.live(app)
    plan = venvs.plan_of(app, slots.venv_of(app, slot or ""))
    if manifest is None or plan is None:
        raise Failure("conflict", f"the live release of {app} or its packages are gone from the server", hint="Deploy again.")
    return building.Task(kind, app, number, manifest["release"], spec, plan)
