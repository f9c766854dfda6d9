"""Bringing a release up in the idle slot: cold, as at a boot of the host, or in one that waits warm for it (warmslot.py)."""

from __future__ import annotations

import time
from typing import Optional

from . import diagnosis, journal as journals, kinds, locks, releases, slots, versions, warmslot, watching
from .building import Building, Task
from .failure import Failure
from .work import since


class Bringing(Building):
    """The start of a slot and its check, and what of it is made up for after the switch."""

    def __init__(self, task: Task, journal: journals.Journal, lock: locks.Lock) -> None:
        super().__init__(task, journal, lock)
        self.old = slots.live(task.app)
        self.slot = slots.other(self.old)
        self.unit = kinds.main_unit(task.app, self.slot, task.spec)
        self.kind: Optional[kinds.Kind] = None
        self.pointed: Optional[tuple[str, str, str]] = None  # what the slot pointed at before
        self.started = False
        self.idle: Optional[slots.Idle] = None
        self.warm = False  # it was started in a slot that waited warm

    def _start_cold(self, gid: int) -> None:
        assert self.kind is not None
        with self.step("start", slot=self.slot, pointed=self.pointed) as more:
            self.started = True
            idle = self._ask() if self.idle is None or self.idle.is_old else self.idle
            kinds.stop_slot(self.bus, self.app, self.slot, states=idle.states())  # left by a deployment that was cut, started by hand, or warm for another
            versions.require(self.app, self.task.version)
            self._point(gid)
            self.kind.idle = idle
            more["detail"] = self.kind.start(self._complete)
        with self.step("check", changes=False) as more:
            more["detail"] = self.kind.check(self.task.check)

    def _start_warm(self, gid: int) -> bool:
        """Takes the slot where it waits warm for just this. A start that fails so is no failure yet: False, and it is tried
        cold. A rollback to a release that never started cold gives it the chance to."""
        task = self.task
        if task.kind not in ("deploy", "rollback") or (task.kind == "rollback" and not warmslot.booted_cold(self.app, task.release)):
            return False
        waiting = warmslot.waiting(self.bus, self.app, self.slot, task.plan.key, versions.link(self.app, task.version), task.release, self.spec)
        if waiting is None:
            return False
        assert self.kind is not None
        try:
            with self.step("start", slot=self.slot, pointed=self.pointed) as more:
                self.started = True
                self._point(gid)
                self._compile_rest()  # it imports the app at once
                waiting.go()
                self.kind.invocation = waiting.invocation
                self.leave_session()
                self._seal()
                more["detail"] = f"slot {self.slot}, which was warm, process {waiting.pid}"
            with self.step("check", changes=False) as more:
                more["detail"] = self.kind.check(task.check)
        except (Failure, OSError) as error:
            failure = diagnosis.explain(error)
            if failure.problem != "start-failed" and not isinstance(error, OSError):
                raise
            self.journal.note(warm=failure.record())
            return False
        finally:
            waiting.close()
        self.warm = True
        return True

    def _ask(self) -> slots.Idle:
        return slots.Idle(self.bus, self.app, self.slot, self.unit)

    def _point(self, gid: int) -> None:
        slots.point(self.app, self.slot, self.task.release, self.task.plan.key, versions.link(self.app, self.task.version), gid)

    def _boot_cold(self, slot: str) -> None:
        """Each release is booted cold once. One that came up cold was, by its own check; one that came up warm is now, in
        the slot that has drained, as its user, with its variables, and goes again. What it had imported is written down
        for the next warm slot. Where it does not come up it still serves, but would not after a reboot: that is said. The
        next deployment ends it early; then the release is booted cold when it is rolled back to."""
        task = self.task
        self.journal.step("cold boot", "running")
        began = time.monotonic()
        try:
            with self.wake.raising():
                warmslot.boot(self.bus, self.app, slot, self.slot, self.spec, task.check)
            releases.amend(self.app, task.release, cold=True)
            self.journal.step("cold boot", "done", ms=since(began))
        except watching.Woken:
            self.journal.step("cold boot", "skipped", detail="the next deployment came")
        except Exception as error:
            self.journal.step("cold boot", "failed", ms=since(began))
            self.journal.not_cold(diagnosis.explain(error).message)
        kinds.stop_slot(self.bus, self.app, slot)
