"""Deployments: starting one, watching it, asking after it, ending it. The work itself is in runner.py."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import threading
import time
from typing import Any, Iterator, Optional

from . import apps, configure, dbus, files, journal as journals, locks, names, objects, paths, registry, releases, runner, slots, users, venvs
from .failure import Failure

INLINE_LIMIT = 64 << 20  # bytes of contents that may come with the call itself
IN_MODIFY = 0x2
CANCEL_SECONDS = 120.0


def start(call: Any) -> dict[str, Any]:
    """Starts a deployment and answers its number at once; deployments.follow tells how it goes.

    Arguments: app; files ([[path, key, size in bytes]...], all of the release); spec and apply (both null where only the
    code changes: what was last applied is used then; apply: {files, registry, entryDigest}); actor, origin, token (shown,
    one line each); checkSeconds (30), drainSeconds (30). Body: contents that the host lacks, as in objects.put.
    Where nothing changed it ends as unchanged at once. Errors: busy (who has the lock), conflict (the registry or a
    content is not what the client thinks), invalid, not-prepared, disk-full, build-failed (a requirement file lacks).
    """
    arguments = call.arguments
    app = names.app_name(arguments.get("app"))
    entries = names.file_list(arguments.get("files"))
    objects.require_prepared()
    apply = configure.checked(app, arguments.get("apply"))
    spec = _spec(app, arguments.get("spec"), apply is not None)
    _require_entrypoint(spec, entries)
    head = {"startedAt": time.time(), **{name: names.line(arguments.get(name) or "", name) for name in ("actor", "origin", "token")}}
    check = names.whole(arguments.get("checkSeconds", 30), "checkSeconds", 1, 3600)
    drain = names.whole(arguments.get("drainSeconds", 30), "drainSeconds", 0, 3600)
    lock = locks.take(paths.lock(app))
    if lock is None:
        raise apps.busy(app)
    made = False
    try:
        lock.say(who=head["actor"], deployment=0, step="upload", since=head["startedAt"], pid=os.getpid())
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
        same = apply is None and _is_live(app, plan, digest)
        number = max(journals.numbers(app) + releases.numbers(app), default=0) + 1
        journal = journals.Journal(app, number, head)
        if same:
            journal.end("unchanged", slots.live_release(app), slots.live(app), None)
            os.close(journal.descriptor)
            lock.release()
            return {"deployment": number}
        task = runner.Task(app, number, entries, digest, spec, plan)
        task.apply, task.head, task.check, task.drain = apply, head, check, drain
        lock.say(who=head["actor"], deployment=number, step="start", since=head["startedAt"], pid=os.getpid())
        child = runner.launch(task, journal, lock)
    except BaseException:
        if made:
            files.remove_tree(paths.root(app))
        lock.release()
        raise
    os.close(journal.descriptor)
    os.close(lock.descriptor)  # the runner has it now
    threading.Thread(target=os.waitpid, args=(child, 0), daemon=True).start()
    return {"deployment": number}


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


def follow(call: Any) -> dict[str, Any]:
    """Emits a deployment's events (deploymentEvent) as they are written. Arguments: app, deployment, after (how many
    events the client has already). Ends with the end event, or when the deployment was cut. Answers how many came."""
    app, deployment = _named(call)
    skip = names.whole(call.arguments.get("after", 0), "after", 0, 1 << 40)
    path = paths.journal(app, deployment)
    sent = 0
    with _Watch(path, app, deployment, call) as watch:
        for event in watch.events():
            if skip:
                skip -= 1
            else:
                call.emit(event)
                sent += 1
            if event["type"] == "end":
                break
    return {"events": sent}


def get(call: Any) -> dict[str, Any]:
    """One deployment (deploymentRecord). Arguments: app, deployment."""
    app, deployment = _named(call)
    holder = locks.holder(paths.lock(app)) or {}
    record = journals.record(app, deployment, holder.get("deployment") == deployment)
    assert record is not None
    return record


def cancel(call: Any) -> dict[str, Any]:
    """Cancels the app's running deployment and waits until it is taken back. Arguments: app. Answers whether it was
    cancelled: false where none runs or its switch was already done."""
    app = names.app_name(call.arguments.get("app"))
    holder = locks.holder(paths.lock(app))
    if not holder or not holder.get("deployment") or holder.get("pid") in (None, os.getpid()):
        return {"cancelled": False}
    number = holder["deployment"]
    try:
        os.kill(holder["pid"], signal.SIGTERM)
    except ProcessLookupError:
        pass
    deadline = time.monotonic() + CANCEL_SECONDS
    while (locks.holder(paths.lock(app)) or {}).get("deployment") == number:
        if time.monotonic() > deadline:
            raise Failure("timeout", f"deployment {number} of {app} did not end within {CANCEL_SECONDS:.0f} s")
        call.check()
        time.sleep(0.02)
    record = journals.record(app, number, False)
    return {"cancelled": bool(record and record["end"] and record["end"]["outcome"] == "cancelled")}


def _named(call: Any) -> tuple[str, int]:
    app = names.app_name(call.arguments.get("app"))
    deployment = names.whole(call.arguments.get("deployment"), "deployment", 1, 1 << 40)
    if not os.path.exists(paths.journal(app, deployment)):
        raise Failure("not-found", f"{app} has no deployment {deployment}", field="deployment")
    return app, deployment


class _Watch:
    """A journal's events as they are appended: inotify wakes it, and the runner's end, and the call's cancelling."""

    def __init__(self, path: str, app: str, deployment: int, call: Any) -> None:
        self._call = call
        self._app = app
        self._deployment = deployment
        self._file = open(path, "rb")
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._inotify < 0 or libc.inotify_add_watch(self._inotify, os.fsencode(path), IN_MODIFY) < 0:
            raise Failure("limit", f"the journal cannot be watched: {os.strerror(ctypes.get_errno())}")
        self._wake, wake = os.pipe2(os.O_CLOEXEC)
        self._waker: Optional[int] = wake
        self._runner: Optional[int] = None
        call.on_cancel(lambda: os.write(wake, b"x") if self._waker is not None else 0)

    def __enter__(self) -> "_Watch":
        holder = locks.holder(paths.lock(self._app)) or {}
        if holder.get("deployment") == self._deployment and isinstance(holder.get("pid"), int):
            try:
                self._runner = os.pidfd_open(holder["pid"])
            except OSError:
                pass  # it has ended since
        return self

    def __exit__(self, *_: Any) -> None:
        self._waker, waker = None, self._waker
        self._file.close()
        for descriptor in (self._inotify, self._wake, waker, self._runner):
            if descriptor is not None:
                os.close(descriptor)

    def events(self) -> Iterator[dict[str, Any]]:
        rest = b""
        while not self._call.cancelled.is_set():
            content = self._file.read(1 << 18)
            whole, _, rest = (rest + content).rpartition(b"\n")
            for line in journals.lines(whole + b"\n"):
                if line.get("type") in journals.EVENTS:
                    yield line
            if not content and not self._wait():
                # The runner's end may have come between the last read and now.
                for line in journals.lines(self._file.read()):
                    if line.get("type") in journals.EVENTS:
                        yield line
                return

    def _wait(self) -> bool:
        """False where nothing more will come."""
        if self._runner is None:
            return False
        ready = select.select([self._inotify, self._wake, self._runner], [], [])[0]
        if self._inotify in ready:
            os.read(self._inotify, 4096)
        return self._runner not in ready or self._inotify in ready
