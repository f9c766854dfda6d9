"""An app leaves its host: stopped, kept in an archive, taken away. What was begun is written down first, so that a cut in
between leaves the app or its archive complete: before the archive has its name the app is started again, after it the rest
is taken away, by whoever comes by next."""

from __future__ import annotations

import json
import os
import threading
from typing import Any, Callable, Optional

from . import dbus, files, kinds, locks, names, packing, paths, registry, removal, sites, slots, users
from .failure import Failure

KEEPING, TAKING = "keeping", "taking"


def leave(app: str, actor: str, change: Optional[dict[str, str]], entry: Optional[str], keep: bool, check: Callable[[], None]) -> dict[str, Any]:
    """Takes an app away; answers what changed and the archive's name. Needs its lock and its drain lock."""
    users.find(app)  # a user of that name that is not ours ends it here
    there = os.path.exists(paths.applied(app))
    archive = None
    with dbus.Bus() as bus:
        bus.listen(dbus.JOB_SIGNALS)
        if there:
            size = packing.measure(app)
            if keep:
                packing.check_room(size)
            if os.path.exists(paths.site(app)):
                sites.test(paths.site(app))
            if keep:
                archive = _keep(bus, app, actor, entry, size, check)
        before = {"before": files.read_text(paths.REGISTRY, registry.LIMIT), "after": change["text"]} if change is not None else None
        _write(app, {"phase": TAKING, "registry": before, "archive": archive})
        return {"changed": _take_away(bus, app, before), "archive": archive}


def _keep(bus: dbus.Bus, app: str, actor: str, entry: Optional[str], size: packing.Size, check: Callable[[], None]) -> str:
    """The archive of a stopped app; where it fails, the app runs again."""
    runs = sorted(unit for unit, state in kinds.loaded(bus, app).items() if state == "active")
    _write(app, {"phase": KEEPING, "runs": runs})
    try:
        for slot in paths.SLOTS:
            kinds.stop_slot(bus, app, slot, grace=None)
        return packing.write(app, actor, entry, size, check)
    except BaseException:
        _start_again(bus, app, runs)
        raise


def settle(app: str) -> None:
    """Brings what was begun and cut to its end. Needs the app's lock."""
    text = files.read_text(paths.removing(app))
    if text is None:
        return
    begun = json.loads(text)
    with dbus.Bus() as bus:
        bus.listen(dbus.JOB_SIGNALS)
        if begun["phase"] == KEEPING:
            _start_again(bus, app, begun["runs"])
        else:
            _take_away(bus, app, begun["registry"])
            drain = locks.take(paths.drain_lock(app))
            if drain is not None:
                files.remove(paths.drain_lock(app))
                drain.release()


def look_after() -> None:
    """Settles what was cut of every app, if somebody is not at it; does not wait for it."""
    try:
        entries = os.listdir(paths.REMOVED)
    except FileNotFoundError:
        return
    for app in (entry[: -len(".removing")] for entry in entries if entry.endswith(".removing")):
        if names.app_name_problem(app) is not None:
            continue
        lock = locks.take(paths.lock(app))
        if lock is not None:
            threading.Thread(target=_settle_and_release, args=(app, lock), daemon=True).start()


def _settle_and_release(app: str, lock: locks.Lock) -> None:
    try:
        settle(app)
    finally:
        if not os.path.exists(paths.applied(app)):
            files.remove(paths.lock(app))
        lock.release()


def _take_away(bus: dbus.Bus, app: str, change: Optional[dict[str, Any]]) -> list[str]:
    changed = removal.take_away(bus, app)
    if change is not None and change["before"] != change["after"] and registry.restore(change["after"], change["before"]):
        changed.append(paths.REGISTRY)
    files.remove(paths.removing(app))
    return changed


def _start_again(bus: dbus.Bus, app: str, runs: list[str]) -> None:
    for unit in runs:
        try:
            dbus.job_result(bus, bus.call("StartUnit", "ss", unit, "replace")[0], slots.START_SECONDS)
        except (Failure, dbus.Refused):
            pass  # its own log says why; the archive's failure is what is told
    files.remove(paths.removing(app))


def _write(app: str, begun: dict[str, Any]) -> None:
    files.ensure_directory(paths.REMOVED, 0o700)
    files.write_atomic(paths.removing(app), json.dumps(begun), 0o600)
