"""The watch window after a switch (fault F24): while the old slot is still warm, a crash of the new one is noticed by
systemd's signal and the way back is one rename."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import contextmanager
from typing import Any, Iterator, Optional

from . import dbus, diagnosis, lastwords, locks, paths, slots

SECONDS = 10  # where the app's spec does not say


class Woken(Exception):
    """Another change of the app wants the slots."""


class Wake:
    """SIGHUP as something that select can wait for: another change of the app wants the slots, the watch is over."""

    def __init__(self) -> None:
        self.called = False
        self._raises = False
        self._source, sink = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # A handler, since an ignored signal wakes nobody; the descriptor, since select goes on waiting after one.
        signal.signal(signal.SIGHUP, self._call)
        signal.set_wakeup_fd(sink, warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._source

    def _call(self, _number: int, _frame: Any) -> None:
        self.called = True
        if self._raises:
            self._raises = False
            raise Woken

    @contextmanager
    def raising(self) -> Iterator[None]:
        """What is done in it is broken off by Woken, also where the signal came before."""
        if self.called:
            raise Woken
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def clear(self) -> None:
        try:
            os.read(self._source, 4096)
        except BlockingIOError:
            pass


def crashed(bus: dbus.Bus, units: dict[str, str], seconds: float, wake: Wake) -> Optional[str]:
    """The first of the units (name -> InvocationID that it was started with) that crashes within that time; None as soon as
    somebody wakes us. One that is stopped by hand has not crashed, nor has one that ends well by itself and starts again.
    The bus must listen to the units' signals."""
    deadline = time.monotonic() + seconds
    known = {unit: _look(bus, unit, invocation) for unit, invocation in units.items()}
    while True:
        for unit in [unit for unit, state in known.items() if _is_crash(state)]:
            if not _ended_well(bus, unit):
                return unit
            del known[unit]  # a job that is done and done again; its ends say nothing of the release
        left = deadline - time.monotonic()
        if left <= 0 or wake.called or not known:
            return None
        ready = select.select([bus, wake], [], [], left)[0]
        if wake in ready:
            wake.clear()
        if bus in ready:
            bus.read(0)
        known = {unit: slots.property_changes(bus, unit) for unit in known}


def _look(bus: dbus.Bus, unit: str, invocation: str) -> dict[str, Any]:
    state, sub, restarts, now = bus.properties(
        [(unit, dbus.UNIT, "ActiveState"), (unit, dbus.UNIT, "SubState"), (unit, dbus.SERVICE, "NRestarts"), (unit, dbus.UNIT, "InvocationID")]
    )
    return {"ActiveState": state, "SubState": sub, "NRestarts": restarts if bytes(now or b"").hex() != invocation else 0}


def _is_crash(known: dict[str, Any]) -> bool:
    return known.get("ActiveState") == "failed" or str(known.get("SubState", "")).startswith("auto-restart") or (known.get("NRestarts") or 0) > 0


def _ended_well(bus: dbus.Bus, unit: str) -> bool:
    """Whether its last run ended with exit status 0. Asked while systemd waits to start it again; later nobody knows."""
    sub, code, status, result = bus.properties(
        [(unit, dbus.UNIT, "SubState"), (unit, dbus.SERVICE, "ExecMainCode"), (unit, dbus.SERVICE, "ExecMainStatus"), (unit, dbus.SERVICE, "Result")]
    )
    return str(sub).startswith("auto-restart") and (code, status, result) == (1, 0, "success")


def reason(bus: dbus.Bus, app: str, unit: str, invocation: str, ran: float) -> str:
    """Why it crashed, in one line; a process beside the web process by its name."""
    how, _ = diagnosis.how_ended(bus, unit)
    said = lastwords.failing_line(app, lastwords.excerpt(app, unit, invocation))
    process = unit[len(f"forgeboard-{app}.") :].partition("@")[0]
    who = "it" if process == "web" else f"its process {process}"
    return f"{who} crashed {ran:.0f} s after the switch: {said or how or 'it gave no reason'}"


def end(app: str) -> None:
    """Ends a watch that runs for the app: its old slot drains and stops. Only a runner holds that lock by its process."""
    pid: Optional[int] = (locks.holder(paths.drain_lock(app)) or {}).get("pid")
    if pid and pid != os.getpid():
        try:
            os.kill(pid, signal.SIGHUP)  # runners of kits without a watch ignore it
        except ProcessLookupError:
            pass
