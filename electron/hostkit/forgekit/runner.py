"""A deployment at work: steps in order; whatever fails before the switch leaves the old release serving. It runs in a
transient scope, so that it outlives the connection. A rollback and a restart are the same without upload and build."""

from __future__ import annotations

import os
import signal
import time
import traceback
from typing import Any, Callable, Optional

from . import bytecode, configure, dbus, diagnosis, journal as journals, locks, objects, paths, probe, releases, removal, slots, trees, users, venvs, watching
from .failure import Failure
from .work import Work, fork, since

LAST_SECONDS = 3.0  # between the drain limit and the end of what still runs


class Task:
    """What is to be done; checked and prepared before the fork: a forked process pays for every page that it touches first.

    kind: "deploy" builds release `release` from entries, "rollback" takes one that is there, "restart" and "start"
    the live one.
    """

    def __init__(self, kind: str, app: str, number: int, release: int, spec: dict[str, Any], plan: venvs.Plan) -> None:
        self.kind = kind
        self.app = app
        self.number = number
        self.release = release
        self.spec = spec
        self.plan = plan
        self.entries: list[releases.Entry] = []
        self.digest = ""
        self.commit: Optional[dict[str, Any]] = None
        self.apply: Optional[dict[str, Any]] = None
        self.head: dict[str, Any] = {}
        self.check = 30.0
        self.drain = 30.0


def launch(task: Task, journal: journals.Journal, lock: locks.Lock) -> int:
    """Forks the runner, which takes over journal and lock; gives its process id."""

    def run(ready: Callable[[], None]) -> None:
        work = Runner(task, journal, lock)
        work.own("starting")
        ready()
        work.run()

    return fork(journal, lock, run)


class Runner(Work):
    def __init__(self, task: Task, journal: journals.Journal, lock: locks.Lock) -> None:
        super().__init__(task.app, task.number, task.head, journal, lock)
        self.task = task
        self.spec = task.spec
        self.old = slots.live(task.app)
        self.first = self.old is None
        self.slot = slots.other(self.old)
        self.unit = paths.unit(task.app, self.slot)
        self.change: Optional[configure.Change] = None
        self.pointed: Optional[tuple[str, str]] = None
        self.built = False
        self.started = False
        self.invocation = ""
        self.ended = 0.0
        self.drain_lock: Optional[locks.Lock] = None

    def run(self) -> None:
        self.listen_to_signals()
        try:
            with dbus.Bus() as self.bus:
                self.bus.listen(dbus.JOB_SIGNALS, dbus.unit_signals(self.unit))
                try:
                    self._deploy()
                except BaseException as error:
                    self.cancellable = False
                    self._roll_back(error)
                else:
                    self._finish()
                self.journal.closed()
        finally:
            signal.alarm(0)

    def _deploy(self) -> None:
        """All steps up to and with the switch."""
        self.leave_session()
        self._wait_for_drain()
        releases.clear_half_made(self.app)
        if self.task.kind == "rollback":
            self._verify()
        if self.task.apply is not None:
            with self.step("configure") as more:
                self.change = configure.Change(self.bus, self.app, self.spec, self.task.apply, paths.undo(self.journal.path))
                changed = self.change.do({"deployment": self.number, "actor": self.head["actor"]})
                written = sum(name.startswith("/") for name in changed)
                words = [name for name in changed if not name.startswith("/")] + ([f"{written} files in /etc"] if written else [])
                more["detail"] = ", ".join(words) or "nothing changed"
        uid, gid = self._user()
        if self.task.kind == "deploy":
            self._build(uid, gid)
        before = slots.release_of(self.app, self.slot)
        self.pointed = (str(before), slots.venv_of(self.app, self.slot)) if before is not None else ("", "")
        with self.step("start", slot=self.slot, pointed=self.pointed) as more:
            started = self._start(gid)
            self.invocation = started.invocation
            more["detail"] = f"slot {self.slot}, process {started.pid}"
        with self.step("check", changes=False) as more:
            more["detail"] = f"GET {self.spec['health']['path']} gave {self._check(started)}"
        with self.step("switch"):
            self.cancellable = False
            slots.switch(self.app, self.slot)
            slots.start_at_boot(self.app)

    def _user(self) -> tuple[int, int]:
        found = users.find(self.app)
        if found is None:
            raise Failure("conflict", f"the user {paths.user(self.app)} is missing", hint="Apply the app's configuration again.")
        return found

    def _wait_for_drain(self) -> None:
        self.drain_lock = locks.take(paths.drain_lock(self.app))
        if self.drain_lock is None:
            watching.end(self.app)
            with self.step("wait", changes=False) as more:
                more["detail"] = "the slot before still drains"
                self.drain_lock = locks.take(paths.drain_lock(self.app), wait=True)
        assert self.drain_lock is not None
        self.drain_lock.say(who=self.head["actor"], deployment=self.number, step="", since=time.time(), pid=os.getpid())

    def _build(self, uid: int, gid: int) -> None:
        task = self.task
        with self.step("tree") as more:
            self.built = True
            releases.build(self.app, task.release, task.entries, gid)
            more["detail"] = f"{len(task.entries)} files"
        if venvs.complete(self.app, task.plan.key):
            self.journal.step("packages", "skipped", detail="as before")
        else:
            self._install(uid, gid)
        self._compile(uid, gid)

    def _install(self, uid: int, gid: int) -> None:
        tree = paths.release(self.app, self.task.release)
        with self.step("packages"):
            venvs.make(self.app, self.task.plan, tree, uid, gid, lambda text: self.journal.output("packages", text))

    def _compile(self, uid: int, gid: int) -> None:
        task, plan = self.task, self.task.plan
        with self.step("bytecode", changes=False) as more:
            compiled = bytecode.add(self.app, task.release, task.entries, bytecode.Target(plan.python, plan.tag, uid, gid))
            more["detail"] = f"{compiled} compiled"

    def _verify(self) -> None:
        """The release is as it was when it was sealed, or is made so again; nothing live has been touched yet."""
        task = self.task
        uid, gid = self._user()
        with self.step("verify", changes=False) as more:
            wrong = trees.differences(self.app, task.release, task.entries, task.plan.tag)
            if wrong:
                trees.require_contents(self.app, task.release, task.entries, wrong)
                more["detail"] = f"made again, for it was changed on the server: {trees.listed(wrong)}"
            else:
                more["detail"] = f"{len(task.entries)} files are as they were"
        if wrong:
            with self.step("tree") as more:
                trees.discard(self.app, task.release)
                releases.build(self.app, task.release, task.entries, gid)
                more["detail"] = f"{len(task.entries)} files"
            self._compile(uid, gid)
        if not venvs.complete(self.app, task.plan.key):
            self._install(uid, gid)

    def _seal(self) -> None:
        """The manifest, while systemd starts the unit: everything that a rollback to this release puts back."""
        task, head = self.task, self.head
        if task.kind != "deploy":
            return
        applied = configure.applied(self.app) or {}
        facts = {"format": releases.FORMAT, "deployment": self.number, "createdAt": head["startedAt"], "actor": head["actor"], "origin": head["origin"]}
        facts.update(venv=task.plan.key, python=task.plan.version, digest=task.digest, commit=task.commit, variables=None)
        facts.update(spec=self.spec, texts=applied.get("files"), entry=applied.get("entry"), steps=dict(self.times))
        releases.seal(self.app, task.release, facts, task.entries)

    def _start(self, gid: int) -> slots.Started:
        state, invocation = self.bus.properties([(self.unit, dbus.UNIT, "ActiveState"), (self.unit, dbus.UNIT, "InvocationID")])
        if state not in ("inactive", "failed"):
            slots.stop(self.bus, self.unit, grace=0)  # left by a deployment that was cut, or started by hand
        slots.clear_socket(self.app, self.slot)
        slots.point(self.app, self.slot, self.task.release, self.task.plan.key, gid)
        self.started = True
        try:
            return slots.start(self.bus, self.unit, invocation, self._seal)
        except slots.StartFailed as error:
            raise diagnosis.start_failure(self.bus, self.app, self.unit, str(error), error.invocation, ended=True) from None

    def _check(self, started: slots.Started) -> int:
        try:
            return probe.check(self.bus, self.unit, paths.socket(self.app, self.slot), self.spec["health"]["path"], "localhost", self.task.check)
        except probe.NotUp as error:
            raise diagnosis.start_failure(self.bus, self.app, self.unit, str(error), started.invocation, error.ended) from None

    def _finish(self) -> None:
        """After the switch nothing takes the release back: the end is written, the app is free, and the old slot drains."""
        self.journal.end("live", self.task.release, self.slot, None)
        self.ended = time.monotonic()
        self.lock.release()
        if self.task.kind == "deploy":
            releases.amend(self.app, self.task.release, steps=self.times)
        if self.old is not None and not self._switched_back(self.old):
            self._drain(self.old)
        gone = {"releases": releases.prune(self.app), "venvs": venvs.prune(self.app, releases.venvs_in_use(self.app)), "objects": objects.prune(self.app)}
        journals.prune(self.app)
        if any(gone.values()):
            self.journal.note(pruned=gone)

    def _switched_back(self, old: str) -> bool:
        """Watches the new slot for a while; True where it crashed and the old one serves again."""
        seconds, unit = self.spec.get("watchSeconds", watching.SECONDS), paths.unit(self.app, old)
        if not seconds or self.bus.properties([(unit, dbus.UNIT, "ActiveState")]) != ["active"]:
            return False
        self.journal.step("watch", "running")
        crashed = watching.crashed(self.bus, self.unit, self.invocation, seconds, self.wake)
        ran = time.monotonic() - self.ended
        self.journal.step("watch", "failed" if crashed else "done", ms=since(self.ended))
        lock = locks.take(paths.lock(self.app)) if crashed else None
        if lock is None:
            return False  # nothing happened, or another deployment is at it: that one decides what serves
        self.lock = lock
        self.own("switch back")
        if self.bus.properties([(unit, dbus.UNIT, "ActiveState")]) != ["active"]:
            lock.release()
            return False
        self.journal.step("switch back", "running", sync=True)
        slots.switch(self.app, old)
        self.journal.switched_back(slots.release_of(self.app, old), old, watching.reason(self.bus, self.app, self.unit, self.invocation, ran))
        slots.stop(self.bus, self.unit, grace=0)
        slots.clear_socket(self.app, self.slot)
        if self.change is not None:
            self.change.undo()
        lock.release()
        return True

    def _drain(self, old: str) -> None:
        began = time.monotonic()
        self.journal.step("drain", "running")
        left = slots.drain(self.app, old, max(0.0, self.task.drain - (began - self.ended)))
        # What is still open has had its time; gunicorn alone would give it 30 s more.
        slots.stop(self.bus, paths.unit(self.app, old), grace=LAST_SECONDS if left else None)
        slots.clear_socket(self.app, old)
        self.journal.step("drain", "done", ms=since(began), detail=f"{left} {'connection was' if left == 1 else 'connections were'} still open" if left else "no connection was open")

    def _roll_back(self, error: BaseException) -> None:
        failure = diagnosis.explain(error)
        if failure.problem == "bug":
            self.journal.note(trace="".join(traceback.format_exception(type(error), error, error.__traceback__))[-8000:])
        self.own("taking back")
        for undo in (self._undo_slot, self._undo_release, self._undo_change):
            try:
                undo()
            except Exception:
                self.journal.note(trace=traceback.format_exc()[-8000:])
        facts = {"step": self.current, **(failure.facts or {})}
        record = {key: value for key, value in {**failure.record(), "facts": facts}.items() if key in ("problem", "message", "hint", "facts")}
        live = slots.live(self.app)
        self.journal.end("cancelled" if failure.problem == "cancelled" else "failed", slots.live_release(self.app), live, record)
        self.lock.release()

    def _undo_slot(self) -> None:
        if self.started:
            slots.stop(self.bus, self.unit, grace=0)
            slots.clear_socket(self.app, self.slot)
        if self.pointed and self.pointed[0] and not self.first:
            gid = objects.group(self.app)
            slots.point(self.app, self.slot, int(self.pointed[0]), self.pointed[1], gid)

    def _undo_release(self) -> None:
        if self.built:
            releases.remove(self.app, self.task.release)

    def _undo_change(self) -> None:
        try:
            if self.change is not None:
                self.change.undo()
        finally:
            if self.first:
                removal.take_away(self.bus, self.app, failed=True)
