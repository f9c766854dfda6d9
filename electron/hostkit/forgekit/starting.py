"""Starting a deployment, whatever its kind: the checks that need no step of their own, then the runner (runner.py)."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Callable, Optional

from . import configure, dbus, files, journal as journals, names, objects, paths, recovery, registry, releases, runner, slots, users, venvs
from .failure import Failure

INLINE_LIMIT = 64 << 20  # bytes of contents that may come with the call itself


def start(call: Any) -> dict[str, Any]:
    """Starts a deployment and answers its number at once; deployments.follow tells how it goes.

    Arguments: app; files ([[path, key, size in bytes]...], all of the release); spec and apply (both null where only the
    code changes: what was last applied is used then; apply: {files, registry, entryDigest, entry}); actor, origin, token
    (shown, one line each); commit ({id, message} or null); checkSeconds (30), drainSeconds (30). Body: contents that the
    host lacks, as in objects.put. Where nothing changed it ends as unchanged at once. Errors: busy (who has the lock),
    conflict (the registry or a content is not what the client thinks), invalid, not-prepared, disk-full, build-failed (a
    requirement file lacks).
    """
    arguments = call.arguments
    app = names.app_name(arguments.get("app"))
    entries = names.file_list(arguments.get("files"))
    objects.require_prepared()
    apply = configure.checked(app, arguments.get("apply"))
    spec = _spec(app, arguments.get("spec"), apply is not None)
    _require_entrypoint(spec, entries)
    commit = _commit(arguments.get("commit"))
    made = False

    def prepare(number: int) -> Optional[runner.Task]:
        nonlocal made
        if apply is not None:
            registry.compare(apply["registry"])
            users.find(app)  # a user of that name that is not ours ends it here
        made = objects.make_layout(app)
        objects.store(app, call.body.read, INLINE_LIMIT)
        lacking = objects.missing(app, entries)
        if lacking:
            raise Failure("conflict", f"{len(lacking)} contents are not on the server", hint="Upload them and start again.", facts={"missing": lacking[:1000]})
        call.check()
        plan = venvs.plan(app, spec, entries)
        digest = releases.digest(entries)
        if apply is None and _is_live(app, plan, digest):
            return None
        task = runner.Task("deploy", app, number, number, spec, plan)
        task.entries, task.digest, task.apply, task.commit = entries, digest, apply, commit
        return task

    def undo() -> None:
        if made:
            files.remove_tree(paths.root(app))

    return begin(call, app, "deploy", prepare, undo)


def rollback(call: Any) -> dict[str, Any]:
    """Starts a deployment of a release that is there, with its configuration; answers its number at once.

    Arguments: app; release; registry ({text, digest} with the app's entry as it was then, or null); actor, origin, token,
    checkSeconds, drainSeconds as in deployments.start. Errors: not-found (no such release), invalid (it is live), conflict
    (the registry is not what the client thinks), busy.
    """
    app = names.app_name(call.arguments.get("app"))
    release = names.whole(call.arguments.get("release"), "release", 1, 1 << 40)
    change = registry.checked(call.arguments.get("registry"))

    def prepare(number: int) -> runner.Task:
        manifest = releases.manifest(app, release)
        if manifest is None:
            raise Failure("not-found", f"{app} has no release {release} any more", hint=f"Kept are: {', '.join(map(str, releases.numbers(app))) or 'none'}.", field="release")
        if slots.live_release(app) == release:
            raise Failure("invalid", f"release {release} of {app} is live already", field="release")
        registry.compare(change)
        spec = _spec(app, manifest["spec"], manifest["spec"] is not None)
        task = runner.Task("rollback", app, number, release, spec, venvs.plan_of(app, manifest["venv"]) or venvs.plan(app, spec, manifest["list"]))
        task.entries = [(name, key, size) for name, key, size in manifest["list"]]
        task.apply = configure.restored(app, manifest, change)
        return task

    return begin(call, app, "rollback", prepare)


def begin(call: Any, app: str, kind: str, prepare: Callable[[int], Optional[runner.Task]], undo: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Takes the app's lock, has the task prepared (None: there is nothing to do) and hands both to a runner. undo: done
    before the lock is given up where that fails."""
    arguments = call.arguments
    head = {"startedAt": time.time(), "kind": kind, **{name: names.line(arguments.get(name) or "", name) for name in ("actor", "origin", "token")}}
    check = names.whole(arguments.get("checkSeconds", 30), "checkSeconds", 1, 3600)
    drain = names.whole(arguments.get("drainSeconds", 30), "drainSeconds", 0, 3600)
    objects.require_prepared()
    lock = recovery.take_lock(app)
    try:
        lock.say(who=head["actor"], deployment=0, step="upload", since=head["startedAt"], pid=os.getpid())
        number = max(journals.numbers(app) + releases.numbers(app), default=0) + 1
        task = prepare(number)
        journal = journals.Journal(app, number, {**head, "release": task.release if task else None})
        if task is None:
            journal.end("unchanged", slots.live_release(app), slots.live(app), None)
            journal.closed()
            os.close(journal.descriptor)
            lock.release()
            return {"deployment": number}
        task.head, task.check, task.drain = head, check, drain
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
    if slot is None or slots.venv_of(app, slot) != plan.key or slots.variables_of(app, slot) != slots.variables(app):
        return False
    live = releases.live_manifest(app)
    if live is None or live["digest"] != digest:
        return False
    with dbus.Bus() as bus:
        return bool(bus.properties([(paths.unit(app, slot), dbus.UNIT, "ActiveState")]) == ["active"])


def _spec(app: str, given: Any, applies: bool) -> dict[str, Any]:
    """The spec to deploy by, checked: the given one where it is applied with it, else the one last applied."""
    if not applies:
        applied = configure.applied(app)
        if applied is None:
            raise Failure("not-found", f"{app} has not been set up on this server", hint="Deploy with its configuration.", field="app")
        given = applied["spec"]
    if not isinstance(given, dict) or given.get("app") != app or given.get("type") != "wsgi":
        raise Failure("invalid", "the spec is not one of this app or of a kind that this kit knows", field="spec")
    dependencies, health, server = given.get("dependencies"), given.get("health"), given.get("server")
    listed = dependencies.get("files") if isinstance(dependencies, dict) else None
    if not isinstance(listed, list) or not isinstance(health, dict) or not isinstance(server, list):
        raise Failure("invalid", "the spec lacks dependencies, health or server", field="spec")
    names.whole(given.get("watchSeconds", 0), "watchSeconds", 0, 600)
    return {
        **given,
        "root": names.root(given.get("root")),
        "entrypoint": names.entrypoint(given.get("entrypoint")),
        "port": names.port(given.get("port")),
        "python": names.python(given["python"]) if given.get("python") is not None else None,
        "dependencies": {**dependencies, "files": [names.path(name) for name in listed]},
        "server": [names.package(name) for name in server],
        "health": {**health, "path": names.health_path(health.get("path"))},
    }


def _require_entrypoint(spec: dict[str, Any], entries: list[releases.Entry]) -> None:
    module = spec["entrypoint"].partition(":")[0].replace(".", "/")
    prefix = "" if spec["root"] == "." else spec["root"] + "/"
    if not {f"{prefix}{module}.py", f"{prefix}{module}/__init__.py"} & {name for name, _, _ in entries}:
        raise Failure("invalid", f"{prefix}{module}.py is not in the folder, but the entry point is {spec['entrypoint']}", field="entrypoint")
