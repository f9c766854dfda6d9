"""The deployment that moves an app which was taken over into slots: a first deployment after whose check nginx is led to the
slot, and the unit that served until then is left."""

from __future__ import annotations

import time
import traceback

from . import diagnosis, kinds, locks, moving, originals, paths, removal, watching
from .runner import Runner
from .work import since


class Move(Runner):
    def _after_switch(self) -> None:
        with self.step("site") as more:
            more["detail"] = moving.lead_here(self.bus, self.app)
        super()._after_switch()

    def _roll_back(self, error: BaseException) -> None:
        try:
            moving.take_back(self.bus, self.app)
        except Exception:
            self.journal.note(trace=traceback.format_exc()[-8000:])
        super()._roll_back(error)

    def _undo_change(self) -> None:
        super()._undo_change()
        moving.forget_variables(self.app)

    def _finish(self) -> None:
        super()._finish()
        try:
            if not self._crashed_at_once():
                self._leave()
        except Exception as error:
            self.journal.note(leave=diagnosis.explain(error).record())

    def _crashed_at_once(self) -> bool:
        """Watches the slot as after any switch; True where it crashed, and the unit that still runs serves again."""
        seconds = self.spec.get("watchSeconds", watching.SECONDS)
        watched = self._watched() if seconds else {}
        if not watched:
            return False
        self.journal.step("watch", "running")
        crashed = watching.crashed(self.bus, watched, seconds, self.wake)
        self.journal.step("watch", "failed" if crashed else "done", ms=since(self.ended))
        known = originals.record(self.app)
        lock = locks.take(paths.lock(self.app)) if crashed else None
        if crashed is None or known is None or lock is None:
            return False  # nothing happened, or another change of the app is at it
        self.lock = lock
        self.own("switch back")
        reason = watching.reason(self.bus, self.app, crashed, watched[crashed], time.monotonic() - self.ended)
        self.journal.step("switch back", "running", sync=True)
        moving.take_back(self.bus, self.app)
        self.journal.switched_back(None, self.slot, f"{reason}; {known['unit']} serves again")
        if self.change is not None:
            self.change.undo()
        kinds.stop_slot(self.bus, self.app, self.slot)
        removal.take_away(self.bus, self.app, failed=True)
        moving.forget_variables(self.app)
        lock.release()
        return True

    def _leave(self) -> None:
        began = time.monotonic()
        self.journal.step("leave", "running", sync=True)
        words = moving.leave_original(self.bus, self.app, self.task.drain)
        self.journal.step("leave", "done", ms=since(began), detail=words)
