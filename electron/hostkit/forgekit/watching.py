"""The watch window after a switch (fault F24): while the old slot is still warm, a crash of the new one is noticed by
systemd's signal and the way back is one rename."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import Any, Optional

from . import dbus, diagnosis, locks, logs, paths, slots

SECONDS = 10  # where the app's spec does not say


class Wake:
    """SIGHUP as something that select can wait for: another change of the app wants the slots, the watch is over."""

    def __init__(self) -> None:
        self.called = False
        self._source, sink = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # A handler, since an ignored signal wakes nobody; the descriptor, since select goes on waiting after one.
        signal.signal(signal.SIGHUP, self._call)
        signal.set_wakeup_fd(sink, warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._source

    def _call(self, _number: int, _frame: Any) -> None:
        self.called = True

    def clear(self) -> None:
        try:
            os.read(self._source, 4096)
        except BlockingIOError:
            pass


def crashed(bus: dbus.Bus, unit: str, invocation: str, seconds: float, wake: Wake) -> bool:
    """Whether the unit crashes within that time; False as soon as somebody wakes us. A unit that is stopped by hand has
    not crashed. The bus must listen to the unit's signals."""
    deadline = time.monotonic() + seconds
    state, sub, restarts, now = bus.properties(
        [(unit, dbus.UNIT, "ActiveState"), (unit, dbus.UNIT, "SubState"), (unit, dbus.SERVICE, "NRestarts"), (unit, dbus.UNIT, "InvocationID")]
    )
    known = {"ActiveState": state, "SubState": sub, "NRestarts": restarts if bytes(now or b"").hex() != invocation else 0}
    while not _is_crash(known):
        left = deadline - time.monotonic()
        if left <= 0 or wake.called:
            return False
        ready = select.select([bus, wake], [], [], left)[0]
        if wake in ready:
            wake.clear()
        if bus in ready:
            bus.read(0)
        known = slots.property_changes(bus, unit)
    return True


def _is_crash(known: dict[str, Any]) -> bool:
    return known.get("ActiveState") == "failed" or str(known.get("SubState", "")).startswith("auto-restart") or (known.get("NRestarts") or 0) > 0


def reason(bus: dbus.Bus, app: str, unit: str, invocation: str, ran: float) -> str:
    """Why it crashed, in one line."""
    how, _ = diagnosis.how_ended(bus, unit)
    said = logs.failing_line(app, logs.excerpt(app, invocation))
    return f"it crashed {ran:.0f} s after the switch: {said or how or 'it gave no reason'}"


def end(app: str) -> None:
    """Ends a watch that runs for the app: its old slot drains and stops. Only a runner holds that lock by its process."""
    pid: Optional[int] = (locks.holder(paths.drain_lock(app)) or {}).get("pid")
    if pid and pid != os.getpid():
        try:
            os.kill(pid, signal.SIGHUP)  # runners of kits without a watch ignore it
        except ProcessLookupError:
            pass
