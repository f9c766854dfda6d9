"""A deployment at work: steps in order; whatever fails before the switch leaves the old release serving. It runs in a
transient scope, so that it outlives the connection. A rollback and a restart are the same without upload and build."""

from __future__ import annotations

import os
import signal
import time
import traceback
from typing import Callable, Optional

from . import archives, configure, dbus, diagnosis, files, journal as journals, kinds, locks, objects, parts, paths, releases, removal, slots, unpacking, venvs, versions, warmslot, watching
from .bringing import Bringing
from .building import Task
from .work import fork, since


def launch(task: Task, journal: journals.Journal, lock: locks.Lock) -> int:
    """Forks the runner, which takes over journal and lock; gives its process id."""
    kind = _runner(task)  # a forked process cannot import any more

    def run(ready: Callable[[], None]) -> None:
        work = kind(task, journal, lock)
        work.own("starting")
        ready()
        work.run()

    return fork(journal, lock, run)


def _runner(task: Task) -> type[Runner]:
    if not task.moves:
        return Runner
    from .moverun import Move

    return Move


class Runner(Bringing):
    def __init__(self, task: Task, journal: journals.Journal, lock: locks.Lock) -> None:
        super().__init__(task, journal, lock)
        self.first = self.old is None
        self.change: Optional[configure.Change] = None
        self.ended = 0.0
        self.drain_lock: Optional[locks.Lock] = None

    def run(self) -> None:
        self.listen_to_signals()
        try:
            with dbus.Bus() as self.bus:
                self.bus.listen(dbus.JOB_SIGNALS, *([dbus.unit_signals(self.unit)] if self.unit else []))
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
        if not self._is_quick():
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
        if self.task.variables is not None:
            with self.step("variables", version=self.task.version) as more:
                versions.write(self.app, self.task.variables)
                more["detail"] = versions.words(self.task.variables)
        uid, gid = self._user()
        if not self.task.starts:
            return
        self.idle = self._ask()
        if self.task.archive is not None:
            with self.step("unpack") as more:
                more["detail"] = unpacking.put_back(self.task.archive, self.app, self.task.entries, uid, gid)
                self.task.plan = venvs.plan(self.app, self.spec, self.task.entries)
                self.task.version = versions.newest(self.app)
        if self.task.kind == "deploy":
            self._build(uid, gid)
        elif self.task.kind == "configure" and not venvs.complete(self.app, self.task.plan.key):
            self._install(uid, gid)
        self._hook("before")
        before = slots.release_of(self.app, self.slot)
        self.pointed = (str(before), slots.venv_of(self.app, self.slot), slots.variables_of(self.app, self.slot)) if before is not None else ("", "", "")
        self.kind = kinds.of(self.bus, self.app, self.slot, self.old, self.spec)
        if not self._start_warm(gid):
            self._start_cold(gid)
        with self.step("switch"):
            self.cancellable = False
            slots.switch(self.app, self.slot)
            slots.start_at_boot(self.app)
        self._after_switch()

    def _is_quick(self) -> bool:
        """Whether there is nothing to wait for before the start, which leaves the session then: systemd does one after the other."""
        task = self.task
        return task.archive is None and task.starts and venvs.complete(self.app, task.plan.key) and not self.spec.get("build") and not self.spec.get("before")

    def _after_switch(self) -> None:
        """Nothing of this takes the release back: it is live, and what fails is said."""
        for name, work in (("processes", self._replace_processes), ("after", lambda: self._hook("after"))):
            try:
                work()
            except Exception as error:
                failure = diagnosis.explain(error)
                self.journal.note(failed=name, **failure.record())
                self.journal.output(name, f"{failure.message}\n")

    def _replace_processes(self) -> None:
        """Those beside the web process follow the switch; of a worker they are the new ones already."""
        if self.spec["type"] == "worker" or not kinds.companions(self.app, self.slot, self.spec):
            if self.old is not None:
                kinds.stop_companions(self.bus, self.app, self.old)
            return
        with self.step("processes") as more:
            more["detail"] = kinds.replace_companions(self.bus, self.app, self.old, self.slot, self.spec)

    def _wait_for_drain(self) -> None:
        self.drain_lock = locks.take(paths.drain_lock(self.app))
        if self.drain_lock is None:
            watching.end(self.app)
            with self.step("wait", changes=False) as more:
                more["detail"] = "the slot before still drains"
                self.drain_lock = locks.take(paths.drain_lock(self.app), wait=True)
        assert self.drain_lock is not None
        self.drain_lock.say(who=self.head["actor"], deployment=self.number, step="", since=time.time(), pid=os.getpid())

    def _finish(self) -> None:
        """After the switch nothing takes the release back: the end is written, the app is free, and the old slot drains."""
        if not self.task.starts:
            self.journal.end("applied", slots.live_release(self.app), self.old, None)
            configure.keep_record(self.app)
            self.lock.release()
            return
        if self.task.kind == "deploy":
            # Before the end is told: whoever hears it may ask for the release at once.
            releases.amend(self.app, self.task.release, steps=self.times, cold=not self.warm)
        elif self.task.kind == "rollback" and not self.warm and not warmslot.booted_cold(self.app, self.task.release):
            releases.amend(self.app, self.task.release, cold=True)
        self.journal.end("live", self.task.release, self.slot, None, warm=self.warm)
        self.ended = time.monotonic()
        self.lock.release()
        versions.keep_record(self.app)
        if self.task.archive is not None:
            files.remove(archives.path(self.task.archive))
        if self.old is not None and not self._switched_back(self.old):
            if self.change is not None:
                configure.keep_record(self.app)
            self._drain(self.old)
            if self.warm and self.task.kind == "deploy":
                self._boot_cold(self.old)
        pruned = releases.prune(self.app, self.spec.get("keepReleases", releases.KEPT))
        gone = {"releases": pruned, "venvs": venvs.prune(self.app, releases.venvs_in_use(self.app)), "objects": objects.prune(self.app)}
        parts.clear(self.app)
        gone["variables"] = versions.prune(self.app)
        journals.prune(self.app)
        if any(gone.values()):
            self.journal.note(pruned=gone)

    def _switched_back(self, old: str) -> bool:
        """Watches the new slot for a while; True where a process of it crashed and the old one serves again."""
        seconds = self.spec.get("watchSeconds", watching.SECONDS)
        if not seconds or not self._can_go_back(old):
            return False
        watched = self._watched()
        if not watched:
            return False
        self.journal.step("watch", "running")
        crashed = watching.crashed(self.bus, watched, seconds, self.wake)
        ran = time.monotonic() - self.ended
        self.journal.step("watch", "failed" if crashed else "done", ms=since(self.ended))
        lock = locks.take(paths.lock(self.app)) if crashed else None
        if lock is None or crashed is None:
            return False  # nothing happened, or another deployment is at it: that one decides what serves
        self.lock = lock
        self.own("switch back")
        if not self._can_go_back(old):
            lock.release()
            return False
        self.journal.step("switch back", "running", sync=True)
        slots.switch(self.app, old)
        self.journal.switched_back(slots.release_of(self.app, old), old, watching.reason(self.bus, self.app, crashed, watched[crashed], ran))
        kinds.stop_slot(self.bus, self.app, self.slot)
        if self.change is not None:
            self.change.undo()
        self._undo_variables()
        kinds.start_companions(self.bus, self.app, old, (configure.applied(self.app) or {}).get("spec") or {})
        versions.keep_record(self.app)
        lock.release()
        return True

    def _can_go_back(self, old: str) -> bool:
        """Whether the old slot is still warm; of a worker, whether its processes ran until they gave way."""
        if isinstance(self.kind, kinds.ProcessesOnly):
            return self.kind.replaced
        return self.unit is not None and self.bus.properties([(paths.unit(self.app, old), dbus.UNIT, "ActiveState")]) == ["active"]

    def _watched(self) -> dict[str, str]:
        """Every process of the slot, with the run that is watched."""
        beside = [unit for unit in kinds.companions(self.app, self.slot, self.spec) if unit.endswith(".service")]
        if beside:
            self.bus.listen(*(dbus.unit_signals(unit) for unit in beside))
        runs = {unit: bytes(run or b"").hex() for unit, run in zip(beside, self.bus.properties([(unit, dbus.UNIT, "InvocationID") for unit in beside]))}
        restarted = [unit for unit, count in zip(beside, self.bus.properties([(unit, dbus.SERVICE, "NRestarts") for unit in beside])) if count]
        runs.update((unit, "") for unit in restarted)  # it crashed before anybody watched
        if self.kind is not None and self.unit is not None and self.unit not in runs:
            runs[self.unit] = self.kind.invocation
        return runs

    def _drain(self, old: str) -> None:
        began = time.monotonic()
        self.journal.step("drain", "running")
        left = slots.drain(self.app, old, max(0.0, self.task.drain - (began - self.ended)))
        # What is still open has had its time; gunicorn alone would give it 30 s more.
        kinds.stop_slot(self.bus, self.app, old, grace=kinds.LAST_SECONDS if left else None)
        self.journal.step("drain", "done", ms=since(began), detail=f"{left} {'connection was' if left == 1 else 'connections were'} still open" if left else "no connection was open")

    def _roll_back(self, error: BaseException) -> None:
        failure = diagnosis.explain(error)
        if failure.problem == "bug":
            self.journal.note(trace="".join(traceback.format_exception(type(error), error, error.__traceback__))[-8000:])
        self.own("taking back")
        for undo in (self._undo_slot, self._undo_release, self._undo_variables, self._undo_change, self._undo_processes):
            try:
                undo()
            except Exception:
                self.journal.note(trace=traceback.format_exc()[-8000:])
        facts = {"step": self.current, **(failure.facts or {})}
        record = {key: value for key, value in {**failure.record(), "facts": facts}.items() if key in ("problem", "message", "hint", "field", "facts")}
        live = slots.live(self.app)
        self.journal.end("cancelled" if failure.problem == "cancelled" else "failed", slots.live_release(self.app), live, record)
        self.lock.release()

    def _undo_slot(self) -> None:
        if self.started:
            kinds.stop_slot(self.bus, self.app, self.slot)
        if self.pointed and self.pointed[0] and not self.first:
            gid = objects.group(self.app)
            slots.point(self.app, self.slot, int(self.pointed[0]), self.pointed[1], self.pointed[2], gid)

    def _undo_release(self) -> None:
        if self.built:
            releases.remove(self.app, self.task.release)

    def _undo_variables(self) -> None:
        if self.task.variables is not None:
            versions.take_back(self.app, self.task.version)

    def _undo_change(self) -> None:
        try:
            if self.change is not None:
                self.change.undo()
        finally:
            if self.first:
                removal.take_away(self.bus, self.app, failed=True)

    def _undo_processes(self) -> None:
        """What was stopped of the old slot before the switch runs again, by the configuration that is back in force."""
        if self.started and self.old is not None and self.kind is not None:
            self.kind.undo((configure.applied(self.app) or {}).get("spec") or {})
