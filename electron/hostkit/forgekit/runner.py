"""A deployment at work: a process of its own, forked from the kit so that no interpreter has to start, in a transient
scope so that it outlives the connection. Steps in order; whatever fails before the switch leaves the old release serving."""

from __future__ import annotations

import gc
import os
import re
import signal
import time
import traceback
from contextlib import contextmanager
from typing import Any, Iterator, Optional

from . import apps, bytecode, configure, dbus, journal as journals, locks, logs, objects, paths, probe, releases, slots, users, venvs
from .failure import Failure

LAST_SECONDS = 3.0  # between the drain limit and the end of what still runs
MOST_SECONDS = 3600  # a deployment that takes longer is taken for hung and rolled back


class Task:
    """What is to be done; checked and prepared by deployments.start, before the fork: a forked process pays for every
    page that it touches first."""

    def __init__(self, app: str, number: int, entries: list[releases.Entry], digest: str, spec: dict[str, Any], plan: venvs.Plan) -> None:
        self.app = app
        self.number = number
        self.entries = entries
        self.digest = digest
        self.spec = spec
        self.plan = plan
        self.apply: Optional[dict[str, Any]] = None
        self.head: dict[str, Any] = {}
        self.check = 30.0
        self.drain = 30.0


def launch(task: Task, journal: journals.Journal, lock: locks.Lock) -> int:
    """Forks the runner, which takes over journal and lock; gives its process id."""
    ready, said = os.pipe()
    child = os.fork()
    if child:
        os.close(said)
        os.read(ready, 1)  # the lock names the runner before anybody is told of it
        os.close(ready)
        return child
    status = 1
    try:
        gc.disable()  # it would touch every object for nothing
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        bytecode.close_all_but(journal.descriptor, lock.descriptor, said)
        work = Runner(task, journal, lock)
        work.own("starting")
        os.close(said)
        work.run()
        status = 0
    except BaseException:
        journal.note(trace=traceback.format_exc()[-8000:])
    finally:
        os._exit(status)


def explain(error: BaseException) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in (28, 122):  # ENOSPC, EDQUOT
        return objects.disk_full(os.path.dirname(error.filename or paths.APPS))
    return Failure("bug", f"something unforeseen happened on the server: {type(error).__name__}", hint="The deployment's journal on the server has the details.")


class Runner:
    def __init__(self, task: Task, journal: journals.Journal, lock: locks.Lock) -> None:
        self.task = task
        self.journal = journal
        self.lock = lock
        self.app = task.app
        self.spec = task.spec
        self.old = slots.live(task.app)
        self.first = self.old is None
        self.slot = slots.other(self.old)
        self.unit = paths.unit(task.app, self.slot)
        self.change: Optional[configure.Change] = None
        self.pointed: Optional[tuple[str, str]] = None
        self.built = False
        self.started = False
        self.cancellable = True
        self.current = ""
        self.drain_lock: Optional[locks.Lock] = None

    def run(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._cancel)
        signal.signal(signal.SIGALRM, self._cancel)
        signal.alarm(MOST_SECONDS)
        try:
            with dbus.Bus() as self.bus:
                self.bus.listen(dbus.JOB_SIGNALS, dbus.unit_signals(self.unit))
                try:
                    self._deploy()
                except BaseException as error:
                    self.cancellable = False
                    self._roll_back(error)
                    return
                self._finish()
        finally:
            signal.alarm(0)

    def _cancel(self, number: int, _frame: Any) -> None:
        if self.cancellable:
            self.cancellable = False
            if number == signal.SIGALRM:
                raise Failure("timeout", f"the deployment took longer than {MOST_SECONDS // 60} minutes")
            raise Failure("cancelled", "the deployment was cancelled")

    def _leave_session(self) -> None:
        """Asks systemd for a scope of our own, without waiting: nothing that follows depends on it."""
        name = f"forgeboard-deploy-{self.app}-{self.task.number}.scope"
        properties = [("PIDs", ("au", [os.getpid()])), ("Description", ("s", f"ForgeBoard deployment {self.task.number} of {self.app}")), ("CollectMode", ("s", "inactive-or-failed"))]
        self.bus.manager("StartTransientUnit", "ssa(sv)a(sa(sv))", name, "fail", properties, [])

    @contextmanager
    def _step(self, name: str, changes: bool = True) -> Iterator[dict[str, str]]:
        """A step with its intent, durable where it changes something, and its end. What is put into the yielded dictionary
        goes with the end."""
        self.own(name)
        self.current = name
        self.journal.step(name, "running", sync=changes)
        began = time.monotonic()
        more: dict[str, str] = {}
        try:
            yield more
        except BaseException:
            self.journal.step(name, "failed", ms=_since(began))
            raise
        self.journal.step(name, "done", ms=_since(began), **more)

    def own(self, step: str) -> None:
        self.lock.say(who=self.task.head["actor"], deployment=self.task.number, step=step, since=self.task.head["startedAt"], pid=os.getpid())

    def _deploy(self) -> None:
        """All steps up to and with the switch."""
        self._leave_session()
        self._wait_for_drain()
        releases.clear_half_made(self.app)
        if self.task.apply is not None:
            with self._step("configure") as more:
                self.change = configure.Change(self.bus, self.app, self.spec, self.task.apply)
                changed = self.change.do({"deployment": self.task.number, "actor": self.task.head["actor"]})
                written = sum(name.startswith("/") for name in changed)
                words = [name for name in changed if not name.startswith("/")] + ([f"{written} files in /etc"] if written else [])
                more["detail"] = ", ".join(words) or "nothing changed"
        found = users.find(self.app)
        if found is None:
            raise Failure("conflict", f"the user {paths.user(self.app)} is missing", hint="Apply the app's configuration again.")
        self._build(*found)
        with self._step("start") as more:
            started = self._start(found[1])
            more["detail"] = f"slot {self.slot}, process {started.pid}"
        with self._step("check", changes=False) as more:
            more["detail"] = f"GET {self.spec['health']['path']} gave {self._check(started)}"
        with self._step("switch"):
            self.cancellable = False
            slots.switch(self.app, self.slot)

    def _wait_for_drain(self) -> None:
        self.drain_lock = locks.take(paths.drain_lock(self.app))
        if self.drain_lock is None:
            with self._step("wait", changes=False) as more:
                more["detail"] = "the slot before still drains"
                self.drain_lock = locks.take(paths.drain_lock(self.app), wait=True)
        assert self.drain_lock is not None
        self.drain_lock.say(who=self.task.head["actor"], deployment=self.task.number, step="", since=time.time(), pid=os.getpid())

    def _build(self, uid: int, gid: int) -> None:
        task, plan = self.task, self.task.plan
        tree = paths.release(self.app, task.number)
        with self._step("tree") as more:
            self.built = True
            releases.build(self.app, task.number, task.entries, gid)
            more["detail"] = f"{len(task.entries)} files"
        if venvs.complete(self.app, plan.key):
            self.journal.step("packages", "skipped", detail="as before")
        else:
            with self._step("packages"):
                venvs.make(self.app, plan, tree, uid, gid, lambda text: self.journal.output("packages", text))
        with self._step("bytecode", changes=False) as more:
            compiled = bytecode.add(self.app, task.number, task.entries, bytecode.Target(plan.python, plan.tag, uid, gid))
            more["detail"] = f"{compiled} compiled"

    def _seal(self) -> None:
        head, plan = self.task.head, self.task.plan
        facts = {"deployment": self.task.number, "createdAt": head["startedAt"], "actor": head["actor"], "origin": head["origin"], "venv": plan.key, "python": plan.version}
        releases.seal(self.app, self.task.number, {**facts, "digest": self.task.digest}, self.task.entries)

    def _start(self, gid: int) -> slots.Started:
        state, invocation = self.bus.properties([(self.unit, dbus.UNIT, "ActiveState"), (self.unit, dbus.UNIT, "InvocationID")])
        if state not in ("inactive", "failed"):
            slots.stop(self.bus, self.unit, grace=0)  # left by a deployment that was cut, or started by hand
        slots.clear_socket(self.app, self.slot)
        before = slots.release_of(self.app, self.slot)
        self.pointed = (str(before), slots.venv_of(self.app, self.slot)) if before is not None else ("", "")
        slots.point(self.app, self.slot, self.task.number, self.task.plan.key, gid)
        self.started = True
        try:
            return slots.start(self.bus, self.unit, invocation, self._seal)
        except slots.StartFailed as error:
            raise self._start_failure(str(error), error.invocation, ended=True) from None

    def _check(self, started: slots.Started) -> int:
        try:
            return probe.check(self.bus, self.unit, paths.socket(self.app, self.slot), self.spec["health"]["path"], "localhost", self.task.check)
        except probe.NotUp as error:
            raise self._start_failure(str(error), started.invocation, error.ended) from None

    def _start_failure(self, message: str, invocation: str, ended: bool) -> Failure:
        """Why it did not come up: its own last words, and how it ended."""
        code, status, result = self.bus.properties([(self.unit, dbus.SERVICE, name) for name in ("ExecMainCode", "ExecMainStatus", "Result")])
        lines = logs.excerpt(self.app, invocation)
        reason = logs.failing_line(self.app, lines)
        facts: dict[str, Any] = {"log": lines}
        if ended:
            how = {1: f"it ended with exit status {status}", 2: f"it was ended by signal {status}", 3: f"it was ended by signal {status}"}.get(code, message)
            if result == "oom-kill":
                how = "it ran out of memory"
            facts["exitCode" if code == 1 else "signal"] = status
            facts["result"] = result
            return Failure("start-failed", f"the app did not start: {reason or how}", hint=_hint(reason), facts=facts)
        return Failure("start-failed", f"the app did not pass its check: {message}" + (f". Its last error: {reason}" if _is_error(reason) else ""), facts=facts)

    def _finish(self) -> None:
        """After the switch nothing takes the release back: the end is written, the app is free, and the old slot drains."""
        self.journal.end("live", self.task.number, self.slot, None)
        self.lock.release()
        if self.old is not None:
            began = time.monotonic()
            self.journal.step("drain", "running")
            left = slots.drain(self.app, self.old, self.task.drain)
            # What is still open has had its time; gunicorn alone would give it 30 s more.
            slots.stop(self.bus, paths.unit(self.app, self.old), grace=LAST_SECONDS if left else None)
            slots.clear_socket(self.app, self.old)
            self.journal.step("drain", "done", ms=_since(began), detail=f"{left} {'connection was' if left == 1 else 'connections were'} still open" if left else "no connection was open")
        gone = {"releases": releases.prune(self.app), "venvs": venvs.prune(self.app, releases.venvs_in_use(self.app)), "objects": objects.prune(self.app)}
        journals.prune(self.app)
        if any(gone.values()):
            self.journal.note(pruned=gone)

    def _roll_back(self, error: BaseException) -> None:
        failure = explain(error)
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
            releases.remove(self.app, self.task.number)

    def _undo_change(self) -> None:
        try:
            if self.change is not None:
                self.change.undo()
        finally:
            if self.first:
                apps.take_away(self.bus, self.app, failed=True)


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)


def _is_error(reason: str) -> bool:
    return "error" in reason.lower() or "exception" in reason.lower()


def _hint(reason: str) -> Optional[str]:
    found = re.match(r"ModuleNotFoundError: No module named '([^'.]+)", reason)
    return f"Is {found[1]} in the requirements?" if found else None
