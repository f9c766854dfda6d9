"""The configuration of an app as it is, and changing it without new code. Whether something has to start anew is decided
here, under the app's lock: a change of the site alone touches no process."""

from __future__ import annotations

import json
import os
import re
import time
from hashlib import sha256
from typing import Any, Optional

from . import building, configure, dbus, files, lifecycle, names, objects, paths, recovery, registry, releases, sites, slots, starting, venvs
from .commands import run
from .failure import Failure

MOST_NAMES = 5000
PACKAGING = ("python", "server", "dependencies", "root")  # what of a spec the packages depend on


def read(call: Any) -> dict[str, Any]:
    """What is in force. Arguments: app; names (whether to ask nginx whom it serves). Answers applied ({spec, files: {path:
    text}, entry} or null), files ([{path, text}...]: what the app has in /etc now), state (digest of both, for apply),
    live (slot or null), serves (whether a process has to start anew), memory ({used: bytes or null, total}), pythons
    (["3.11", ...]), addresses (of the host), clock ({at, offset: seconds east of UTC, zone}), names ([{name, file}...], of the app's own site too). Safe for an app that the
    host does not know: applied is null then."""
    app = names.app_name(call.arguments.get("app"))
    recovery.look_after(app)
    applied, found = configure.applied(app), _own_files(app)
    return {
        "applied": {"spec": applied["spec"], "files": applied["files"], "entry": applied.get("entry")} if applied else None,
        "files": [{"path": path, "text": text} for path, text in found.items()],
        "state": _state(app, found),
        "live": slots.live(app),
        "serves": _serves(app),
        "memory": {"used": _memory(app), "total": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")},
        "pythons": [path.rpartition("python")[2] for path in venvs.installed()],
        "addresses": [word for word in run(["hostname", "-I"], errors=False).output.split() if re.fullmatch(r"[0-9a-fA-F.:]+", word)],
        "clock": {"at": time.time(), "offset": time.localtime().tm_gmtoff, "zone": time.localtime().tm_zone},
        "names": sites.names()[:MOST_NAMES] if call.arguments.get("names") else [],
    }


def apply(call: Any) -> dict[str, Any]:
    """Puts a configuration in force as a deployment of its own, and the live release with it: a process starts anew, in the
    other slot, only where its unit or its packages differ. What fails is taken back whole.

    Arguments: app; spec and apply ({files, registry, entry}), or spec null where only the registry is changed, for an app
    that was never set up; state (that read() gave); changes (names of settings, for the history); actor, origin, token,
    checkSeconds, drainSeconds as in deployments.start. Answers deployment (its number; null where only the registry was
    written). Errors: conflict (something is not what the client saw), invalid, busy, not-prepared.
    """
    app = names.app_name(call.arguments.get("app"))
    objects.require_prepared()
    wanted = configure.checked(app, call.arguments.get("apply"))
    if wanted is None:
        raise Failure("invalid", "apply is missing", field="apply")
    if call.arguments.get("spec") is None:
        return _apply_registry(call, app, wanted)
    spec = starting.checked_spec(app, call.arguments.get("spec"), True)

    def prepare(number: int) -> Optional[building.Task]:
        before = _require_same(call, app)
        if before is None:
            raise Failure("not-found", f"{app} has not been set up on this server", field="app")
        registry.compare(wanted["registry"])
        task = lifecycle.task_of("configure", app, number)
        manifest = releases.live_manifest(app)
        entries = [(name, key, size) for name, key, size in (manifest or {}).get("list", [])]
        starting.require_entrypoint(spec, entries)
        task.spec, task.apply, task.entries = spec, wanted, entries
        if any(spec.get(name) != before["spec"].get(name) for name in PACKAGING):
            task.plan = venvs.plan(app, spec, entries)
            if task.plan.key != slots.venv_of(app, slots.live(app) or "") and not _serves(app):
                raise Failure("conflict", f"{app} is stopped, and this change needs other packages", hint=f"Start {app} first, or deploy it again with the change.")
        task.starts = _serves(app) and (task.plan.key != slots.venv_of(app, slots.live(app) or "") or _differ(app, wanted["files"]))
        return task

    changes = [names.line(name, "changes") for name in _listed(call.arguments.get("changes"))]
    return starting.begin(call, app, "configure", prepare, changes=changes)


def _apply_registry(call: Any, app: str, wanted: dict[str, Any]) -> dict[str, Any]:
    if wanted["files"] or wanted["registry"] is None:
        raise Failure("invalid", "files need a spec", field="apply")
    lock = recovery.take_lock(app)
    try:
        lock.say(who=names.line(call.arguments.get("actor") or "", "actor"), deployment=0, step="configure", since=0, pid=os.getpid())
        _require_same(call, app)
        registry.write(wanted["registry"])
        return {"deployment": None}
    finally:
        lock.release()


def _require_same(call: Any, app: str) -> Optional[dict[str, Any]]:
    """What is applied, if all is as the client saw it; needs the app's lock."""
    if call.arguments.get("state") != _state(app, _own_files(app)):
        raise Failure("conflict", f"the configuration of {app} on the server changed since the plan", hint="Look at the new plan and apply that.")
    return configure.applied(app)


def _state(app: str, found: dict[str, str]) -> str:
    return sha256(json.dumps([files.read_text(paths.applied(app)), sorted(found.items())]).encode()).hexdigest()


def _own_files(app: str) -> dict[str, str]:
    """The app's files in /etc with their texts, whoever wrote them."""
    beginning = f"forgeboard-{app}."
    units = [f"{paths.UNITS}/{entry}" for entry in sorted(os.listdir(paths.UNITS)) if entry.startswith(beginning)]
    candidates = [*units, paths.tmpfiles(app), paths.site(app)]
    texts = {path: files.read_bytes(path, configure.TEXT_LIMIT) for path in candidates if configure.may_write(app, path)}
    return {path: text.decode("utf-8", "replace") for path, text in texts.items() if text is not None}


def _differ(app: str, wanted: dict[str, tuple[str, int]]) -> bool:
    """Whether a unit that runs in a slot has another text now, or is new, or goes."""
    found = {path: text for path, text in _own_files(app).items() if _in_slot(app, path)}
    return found != {path: text for path, (text, _) in wanted.items() if _in_slot(app, path)}


def _in_slot(app: str, path: str) -> bool:
    return path.startswith(paths.UNITS) and path != paths.boot_file(app)


def _serves(app: str) -> bool:
    """Whether the app runs, or is to: one that was stopped keeps its boot link no more."""
    return slots.live(app) is not None and os.path.lexists(paths.boot_link(app))


def _memory(app: str) -> Optional[int]:
    live = slots.live(app)
    if live is None:
        return None
    unit = paths.unit(app, live)
    with dbus.Bus() as bus:
        (used,) = bus.properties([(unit, dbus.SERVICE, "MemoryCurrent")])
    return used if isinstance(used, int) and used < 1 << 60 else None


def _listed(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) > 100:
        raise Failure("invalid", "changes is a list of at most 100 names", field="changes")
    return given
