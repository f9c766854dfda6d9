"""Starting a deployment, whatever its kind: the checks that need no step of their own, then the runner (runner.py)."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Callable, Optional

from . import building, configure, dbus, domains, files, journal as journals, kinds, names, objects, originals, paths, recovery, registry, releases, runner, slots, uploads, users, venvs, versions
from .failure import Failure

INLINE_LIMIT = 64 << 20  # bytes of contents that may come with the call itself


def start(call: Any) -> dict[str, Any]:
    """Starts a deployment and answers its number at once; deployments.follow tells how it goes.

    Arguments: app; files ([[path, key, size in bytes]...], all of the release); spec and apply (both null where only the
    code changes: what was last applied is used then; apply: {files, registry, entryDigest, entry}); expects ({registry,
    applied}, digests as releases.offer told them, of a client that did not ask again; or null); actor, origin, token (shown, one line each); commit ({id, message} or null); checkSeconds, drainSeconds (where not given, the
    spec's). Body: contents that the
    host lacks, as in objects.put. Where nothing changed it ends as unchanged at once. Errors: busy (who has the lock),
    conflict (the registry or a content is not what the client thinks), invalid, not-prepared, disk-full, build-failed (a
    requirement file lacks).
    """
    arguments = call.arguments
    app = names.app_name(arguments.get("app"))
    entries = names.file_list(arguments.get("files"))
    objects.require_prepared()
    apply = configure.checked(app, arguments.get("apply"))
    spec = checked_spec(app, arguments.get("spec"), apply is not None)
    require_entrypoint(spec, entries)
    commit = _commit(arguments.get("commit"))
    expects = arguments.get("expects")
    if expects is not None and not isinstance(expects, dict):
        raise Failure("invalid", "what is expected is {registry, applied}", field="expects")
    originals.refuse(app, "nothing is deployed to it")
    made = False

    def prepare(number: int) -> Optional[building.Task]:
        nonlocal made
        if expects is not None:
            _require_expected(app, expects)
        if apply is not None:
            registry.compare(apply["registry"])
            users.find(app)  # a user of that name that is not ours ends it here
        made = objects.make_layout(app)
        uploads.store(app, call.body.read, INLINE_LIMIT)
        lacking = objects.missing(app, entries)
        if lacking:
            raise Failure("conflict", f"{len(lacking)} contents are not on the server", hint="Upload them and start again.", facts={"missing": lacking[:1000]})
        call.check()
        plan = venvs.plan(app, spec, entries)
        digest = releases.digest(entries)
        if apply is None and _is_live(app, plan, digest):
            return None
        task = building.Task("deploy", app, number, number, spec, plan)
        task.entries, task.digest, task.apply, task.commit = entries, digest, apply, commit
        return task

    def undo() -> None:
        if made:
            files.remove_tree(paths.root(app))

    return begin(call, app, "deploy", prepare, undo)


def rollback(call: Any) -> dict[str, Any]:
    """Starts a deployment of a release that is there, with its configuration and the variables that it last ran with (as a
    new version of them where they differ now); answers its number at once.

    Arguments: app; release; registry ({text, digest} with the app's entry as it was then, or null); actor, origin, token,
    checkSeconds, drainSeconds as in deployments.start. Errors: not-found (no such release), invalid (it is live), conflict
    (the registry is not what the client thinks), busy.
    """
    app = names.app_name(call.arguments.get("app"))
    release = names.whole(call.arguments.get("release"), "release", 1, 1 << 40)
    change = registry.checked(call.arguments.get("registry"))

    def prepare(number: int) -> building.Task:
        manifest = releases.manifest(app, release)
        if manifest is None:
            raise Failure("not-found", f"{app} has no release {release} any more", hint=f"Kept are: {', '.join(map(str, releases.numbers(app))) or 'none'}.", field="release")
        if slots.live_release(app) == release:
            raise Failure("invalid", f"release {release} of {app} is live already", field="release")
        registry.compare(change)
        spec = checked_spec(app, manifest["spec"], manifest["spec"] is not None)
        task = building.Task("rollback", app, number, release, spec, venvs.plan_of(app, manifest["venv"]) or venvs.plan(app, spec, manifest["list"]))
        task.entries = [(name, key, size) for name, key, size in manifest["list"]]
        task.apply = configure.restored(app, manifest, change)
        task.variables = versions.restored(app, manifest["variables"], names.line(call.arguments.get("actor") or "", "actor"))
        return task

    return begin(call, app, "rollback", prepare)


def begin(
    call: Any,
    app: str,
    kind: str,
    prepare: Callable[[int], Optional[building.Task]],
    undo: Callable[[], None] = lambda: None,
    after: int = 0,
    changes: Optional[list[str]] = None,
) -> dict[str, Any]:
    """Takes the app's lock, has the task prepared (None: there is nothing to do) and hands both to a runner. undo: done
    before the lock is given up where that fails. after: the deployment's number is higher than this one. changes: names of
    what is set anew, for the history."""
    arguments = call.arguments
    head = {"startedAt": time.time(), "kind": kind, **{name: names.line(arguments.get(name) or "", name) for name in ("actor", "origin", "token")}}
    if changes:
        head["changes"] = changes
    limits = {name: names.whole(arguments[name], name, least, 3600) for name, least in (("checkSeconds", 1), ("drainSeconds", 0)) if name in arguments}
    objects.require_prepared()
    lock = recovery.take_lock(app)
    try:
        lock.say(who=head["actor"], deployment=0, step="upload", since=head["startedAt"], pid=os.getpid())
        number = max([after, *journals.numbers(app), *releases.numbers(app)]) + 1
        task = prepare(number)
        journal = journals.Journal(app, number, {**head, "release": task.release if task else None})
        if task is None:
            journal.end("unchanged", slots.live_release(app), slots.live(app), None)
            journal.closed()
            os.close(journal.descriptor)
            lock.release()
            return {"deployment": number}
        task.head = head
        task.check, task.drain = (limits.get(name, task.spec.get(name, 30)) for name in ("checkSeconds", "drainSeconds"))
        task.version = task.variables.number if task.variables is not None else versions.newest(app)
        lock.say(who=head["actor"], deployment=number, step="start", since=head["startedAt"], pid=os.getpid())
        child = runner.launch(task, journal, lock)
    except BaseException:
        undo()
        lock.release()
        raise
    os.close(journal.descriptor)
    os.close(lock.descriptor)  # the runner has it now
    threading.Thread(target=os.waitpid, args=(child, 0), daemon=True).start()
    return {"deployment": number}


def _require_expected(app: str, expects: dict[str, Any]) -> None:
    """Failure('conflict') where the plan was made from what is not so any more."""
    registry.require(str(expects.get("registry")))
    if configure.applied_digest(app) != expects.get("applied"):
        raise Failure("conflict", f"the configuration of {app} changed since the plan", hint="Look at the new plan and apply that.", facts={"changed": paths.applied(app)})


def _commit(given: Any) -> Optional[dict[str, Any]]:
    """The argument `commit`: {id, message or null}, or null."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Failure("invalid", "a commit is {id, message}", field="commit")
    message = given.get("message")
    return {"id": names.line(given.get("id"), "commit"), "message": None if message is None else names.line(message, "commit")}


def _is_live(app: str, plan: venvs.Plan, digest: str) -> bool:
    """Whether the live slot runs just this: the same files, packages and variables, and it is up."""
    slot = slots.live(app)
    if slot is None or slots.venv_of(app, slot) != plan.key or versions.of_slot(app, slot) != versions.newest(app):
        return False
    live = releases.live_manifest(app)
    if live is None or live["digest"] != digest:
        return False
    unit = kinds.main_unit(app, slot, live["spec"])
    with dbus.Bus() as bus:
        return unit is None or bool(bus.properties([(unit, dbus.UNIT, "ActiveState")]) == ["active"])


def checked_spec(app: str, given: Any, applies: bool) -> dict[str, Any]:
    """The spec to deploy by, checked: the given one where it is applied with it, else the one last applied."""
    if not applies:
        applied = configure.applied(app)
        if applied is None:
            raise Failure("not-found", f"{app} has not been set up on this server", hint="Deploy with its configuration.", field="app")
        given = applied["spec"]
    if not isinstance(given, dict) or given.get("app") != app or given.get("type") not in kinds.TYPES:
        raise Failure("invalid", "the spec is not one of this app or of a kind that this kit knows", field="spec")
    dependencies, health, server = given.get("dependencies"), given.get("health"), given.get("server")
    listed = dependencies.get("files") if isinstance(dependencies, dict) else None
    if not isinstance(listed, list) or not isinstance(health, dict) or not isinstance(server, list):
        raise Failure("invalid", "the spec lacks dependencies, health or server", field="spec")
    for name, most in (("watchSeconds", 600), ("drainSeconds", 3600), ("checkSeconds", 3600)):
        names.whole(given.get(name, 0), name, 0, most)
    names.keep(given.get("keepReleases", releases.KEPT))
    served = given["type"] in ("wsgi", "asgi")
    return {
        **given,
        "root": names.root(given.get("root")),
        "folder": names.root(given.get("folder", ".")),
        "entrypoint": names.entrypoint(given.get("entrypoint")) if served else "",
        "port": names.port(given.get("port")),
        "domains": domains.checked(given.get("domains") or []),
        "python": names.python(given["python"]) if given.get("python") is not None else None,
        "dependencies": {**dependencies, "files": [name for name in listed if names.path(venvs.requirements_path(given.get("root"), name))]},
        "packages": [names.package(name) for name in given.get("packages", [])],
        "server": [names.package(name) for name in server],
        "health": {**health, "path": names.health_path(health.get("path"))},
        "processes": _named(given, "processes"),
        "schedules": _named(given, "schedules"),
        "persist": [names.path(name) for name in given.get("persist", [])],
        **{name: names.commands(given.get(name, []), name) for name in ("build", "before", "after")},
    }


def _named(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    listed = spec.get(field, [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Failure("invalid", f"{field} is a list of what has a name", field=field)
    return [{**one, "name": names.process(one.get("name"))} for one in listed]


def require_entrypoint(spec: dict[str, Any], entries: list[releases.Entry]) -> None:
    """Failure('invalid') where the module that the app is in is not among the files."""
    if not spec["entrypoint"]:
        return
    module = spec["entrypoint"].partition(":")[0].replace(".", "/")
    prefix = "" if spec["root"] == "." else spec["root"] + "/"
    if not {f"{prefix}{module}.py", f"{prefix}{module}/__init__.py"} & {name for name, _, _ in entries}:
        raise Failure("invalid", f"{prefix}{module}.py is not in the folder, but the entry point is {spec['entrypoint']}", field="entrypoint")
