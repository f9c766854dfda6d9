"""A deployment that was cut (faults F4 and F5): its process was killed or the host went down. At the next contact it is
taken back where it was not yet switched to, and brought to its end where it was: `live` is the arbiter. Serving needs none
of this: the boot unit starts what `live` names."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any, Callable, Optional

from . import configure, confined, dbus, files, journal as journals, kinds, leaving, locks, objects, originals, paths, releases, removal, slots, versions, warmslot
from .commands import run
from .work import Work, fork

STEP = "recover"
PATIENCE = 60.0  # seconds for somebody else's recovery
NAMELESS = 1.0  # seconds for a holder that says nothing of itself, or whose deployment has ended: it is just leaving
DRAIN = 30.0


def take_lock(app: str) -> locks.Lock:
    """The app's lock, once what was cut before is settled. Failure('busy') where somebody else changes the app."""
    began, tried = time.monotonic(), False
    while True:
        lock = locks.take(paths.lock(app))
        if lock is None:
            holder = locks.holder(paths.lock(app))
            if holder is None:
                continue  # it was given up since
            patience = PATIENCE if holder.get("step") == STEP else 0.0 if holder and not _is_over(app, holder) else NAMELESS
            if time.monotonic() - began >= patience:
                raise locks.busy(app)
            time.sleep(0.02)
            continue
        number = None if tried else cut(app)
        if number is None:
            try:
                leaving.settle(app)
            except BaseException:
                lock.release()
                raise
            return lock
        tried = True
        _launch(app, number, lock)


def _is_over(app: str, holder: dict[str, Any]) -> bool:
    """Whether the holder's deployment has told its end: whoever follows it may ask for the next thing at once."""
    number = holder.get("deployment")
    return bool(number) and any(line.get("type") == "end" for line in journals.tail(app, number))


def look_after(app: str) -> None:
    """Settles a deployment that was cut, if there is one and nobody is at it; does not wait for it."""
    warmslot.look_after(app)
    if locks.holder(paths.lock(app)) is not None or cut(app) is None:
        return
    lock = locks.take(paths.lock(app))
    if lock is not None:
        number = cut(app)
        if number is None:
            lock.release()
        else:
            _launch(app, number, lock)


def cut(app: str) -> Optional[int]:
    """The newest deployment where it did not come to its end. It may be at it where somebody else has the app's lock."""
    numbers = journals.numbers(app)
    if not numbers or locks.holder(paths.drain_lock(app)) is not None:
        return None
    return None if any(line.get("type") == "closed" for line in journals.tail(app, numbers[-1])) else numbers[-1]


def _launch(app: str, number: int, lock: locks.Lock) -> None:
    try:
        journal = journals.Journal.reopen(app, number)
    except BaseException:
        lock.release()
        raise

    if originals.record(app) is not None:
        from . import moving  # noqa: F401 - a forked process cannot import any more

    def work(ready: Callable[[], None]) -> None:
        one = Recovery(app, number, journal, lock)
        one.own(STEP)
        ready()
        one.run()

    child = fork(journal, lock, work)
    os.close(journal.descriptor)
    os.close(lock.descriptor)
    threading.Thread(target=os.waitpid, args=(child, 0), daemon=True).start()


class Recovery(Work):
    def __init__(self, app: str, number: int, journal: journals.Journal, lock: locks.Lock) -> None:
        lines = journals.events(app, number)
        head = next((line for line in lines if line.get("type") == "start"), {})
        super().__init__(app, number, {"actor": head.get("actor", ""), "startedAt": head.get("startedAt", 0)}, journal, lock)
        self.cancellable = False
        self.kind = head.get("kind", "deploy")
        self.release = head.get("release") or number
        self.end = next((line for line in lines if line.get("type") == "end"), None)
        begun = [line for line in lines if line.get("type") == "step" and line.get("status") == "running"]
        self.last = begun[-1]["name"] if begun else "the beginning"
        self.begun = {line["name"]: line for line in begun}
        self.drain_lock: Optional[locks.Lock] = None

    def run(self) -> None:
        self.listen_to_signals()
        self.drain_lock = locks.take(paths.drain_lock(self.app))
        if self.drain_lock is None:
            return
        self._clear_unfinished()
        with dbus.Bus() as self.bus:
            self.bus.listen(dbus.JOB_SIGNALS)
            self.leave_session()
            if self.end is None and originals.leads_here(self.app) is False:
                self._stay_in_unit()
            live = slots.live(self.app)
            if self.end is None and not self._was_switched(live):
                self._roll_back(live)
            else:
                self._roll_forward(live)
        for number in journals.numbers(self.app):
            if number < self.number:
                files.remove(paths.undo(paths.journal(self.app, number)))  # of one whose own end was cut
        self.journal.closed()

    def _clear_unfinished(self) -> None:
        """Half-written files of the app: nobody reads them, and one of variables holds secrets."""
        for folder in (paths.releases(self.app), paths.variables(self.app), paths.journals(self.app), *(paths.slot(self.app, slot) for slot in paths.SLOTS)):
            files.clear_unfinished(folder)
        for folder, name in ((paths.APPLIED, f"{self.app}.json."), (paths.UNITS, f"forgeboard-{self.app}."), (paths.TMPFILES, f"forgeboard-{self.app}.conf."), (paths.SITES, f"forgeboard-{self.app}.conf.")):
            files.clear_unfinished(folder, name)

    def _was_switched(self, live: Optional[str]) -> bool:
        return "switch" in self.begun and live is not None and self.begun.get("start", {}).get("slot") == live

    def _roll_back(self, live: Optional[str]) -> None:
        run(["systemctl", "stop", confined.unit(self.app)])
        if "start" in self.begun:
            self._free_slot(slots.other(live))
        if self.kind == "deploy":
            releases.remove(self.app, self.release)
        if os.path.isdir(paths.releases(self.app)):
            releases.clear_half_made(self.app)
        self._take_back_variables()
        before = files.read_text(paths.undo(self.journal.path))
        if before is not None:
            configure.take_back(self.bus, self.app, json.loads(before))
        if live is None:
            removal.take_away(self.bus, self.app, failed=True)
            self._forget_variables()
        else:
            kinds.start_companions(self.bus, self.app, live, self._applied())
        failure = {"problem": "start-failed", "message": f"interrupted at {self.last}; rolled back", "hint": "Deploy again.", "facts": {"step": self.last}}
        self.journal.end("interrupted", slots.live_release(self.app), live, failure)
        self.lock.release()
        if live is not None:
            # The deployment before this one may have been cut too, while its old slot drained: nobody else would stop that.
            self._drain(slots.other(live))

    def _free_slot(self, slot: str) -> None:
        kinds.stop_slot(self.bus, self.app, slot)
        release, venv, variables = [*(self.begun["start"].get("pointed") or []), "", "", ""][:3]
        if release:
            slots.point(self.app, slot, int(release), venv, variables, objects.group(self.app))

    def _take_back_variables(self) -> None:
        if "variables" in self.begun:
            versions.take_back(self.app, self.begun["variables"]["version"])

    def _roll_forward(self, live: Optional[str]) -> None:
        """The switch was done: what is left is to say so, and to drain and stop the slot that serves no more."""
        if self.end is None:
            slots.start_at_boot(self.app)
            self.journal.end("live", self.release, live, None)
        elif self.end["outcome"] == "live" and live != self.end["slot"] and "switch back" in self.begun:
            self.journal.switched_back(slots.live_release(self.app), str(live), "it crashed soon after the switch")
            self._take_back_variables()
        versions.keep_record(self.app)
        self.journal.note(recovered=f"interrupted at {self.last}; completed")
        releases.clear_half_made(self.app)  # of a release whose removal was cut, with the runner that pruned
        self.lock.release()
        configure.keep_record(self.app)
        if live is None:
            return
        kinds.stop_companions(self.bus, self.app, slots.other(live))
        kinds.start_companions(self.bus, self.app, live, self._applied())
        self._drain(slots.other(live))
        if originals.leads_here(self.app):
            from . import moving

            moving.leave_original(self.bus, self.app, DRAIN)

    def _stay_in_unit(self) -> None:
        """It was on its way out of a unit that was taken over, and nginx does not lead to the slot yet."""
        from . import moving

        moving.take_back(self.bus, self.app)

    def _forget_variables(self) -> None:
        if originals.record(self.app) is not None:
            from . import moving

            moving.forget_variables(self.app)

    def _drain(self, old: str) -> None:
        """Stops a slot that serves no more, when its last requests are answered."""
        if any(kinds.loaded(self.bus, self.app, old).values()):
            left = slots.drain(self.app, old, DRAIN)
            kinds.stop_slot(self.bus, self.app, old, grace=kinds.LAST_SECONDS if left else None)

    def _applied(self) -> dict[str, Any]:
        spec: dict[str, Any] = (configure.applied(self.app) or {}).get("spec") or {}
        return spec
