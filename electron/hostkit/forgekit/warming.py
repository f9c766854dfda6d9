"""Keeping an app's idle slot warm for as long as a client asks for it. One keeper an app, by a lock of its own; all that
changes the slot is done under the drain lock, which a deployment has from its first step to its last. Between the two the
slot only waits, and ends by itself when this process does (warmslot.py)."""

from __future__ import annotations

import os
import select
import threading
from typing import Any, Optional

from . import configure, dbus, diagnosis, footprint, inotify, kinds, locks, names, objects, paths, slots, versions, warmslot
from .failure import Failure

NAMELESS = 0.2  # seconds until a slot that somebody has for a moment is asked for again
BOOT_SECONDS = 20.0  # for the cold start that tells what an app imports


def warm(call: Any) -> dict[str, Any]:
    """Keeps the idle slot warm until cancelled: a deploy or a rollback with the same packages, variables and unit then
    waits for nothing but the app's own imports. Arguments: app. Emits {type: "warm", state, reason, memory} whenever that
    changes: starting, warm (memory: what it costs, in bytes, null where the kernel does not say), waiting (for a
    deployment to end), off (reason: why, in words). Answers {warmed: how often it was warm}. Changes nothing that lasts.
    Errors: not-found."""
    app = names.app_name(call.arguments.get("app"))
    if configure.applied(app) is None or slots.live(app) is None:
        raise Failure("not-found", f"{app} was never deployed to this server", field="app")
    with dbus.Bus() as bus, Keeper(call, app, bus) as keeper:
        while not call.cancelled.is_set() and slots.live(app) is not None:
            keeper.look()
            keeper.wait()
        return {"warmed": keeper.warmed}


class Keeper:
    def __init__(self, call: Any, app: str, bus: dbus.Bus) -> None:
        self._call, self._app, self._bus = call, app, bus
        self.warmed = 0
        self._told: Optional[dict[str, Any]] = None
        self._lock: Optional[locks.Lock] = None
        self._laid: Optional[warmslot.Laid] = None
        self._recording: Optional[warmslot.Laid] = None
        self._slot = ""
        self._state: dict[str, Any] = {}  # of the slot that starts or waits
        self._ready: set[int] = set()
        self._given_up: list[Any] = []  # with what it ended by itself: it is not tried again
        self._runner: Optional[int] = None  # of the process that has the slot
        self._nameless = False  # somebody has it for a moment who does not say so
        self._pipe = threading.Lock()
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._changes = inotify.watch(paths.journals(app), inotify.CLOSE_WRITE | inotify.CREATE)
        os.close(os.open(paths.warm_lock(app), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        self._leavings = inotify.watch(paths.warm_lock(app), inotify.CLOSE_WRITE)  # a keeper that leaves closes its lock

    def __enter__(self) -> "Keeper":
        self._bus.listen(dbus.JOB_SIGNALS, *(dbus.unit_signals(paths.unit(self._app, slot)) for slot in paths.SLOTS))
        self._call.on_cancel(self._cancel)
        return self

    def __exit__(self, *_: Any) -> None:
        self._throw_away()
        if self._lock is not None:
            self._lock.release()
        with self._pipe:
            for descriptor in (self._changes, self._leavings, self._wake, self._waker, self._runner):
                if descriptor is not None:
                    os.close(descriptor)
            self._waker = -1

    def _cancel(self) -> None:
        with self._pipe:
            if self._waker >= 0:
                os.write(self._waker, b"x")
        recording = self._recording
        if recording is not None:
            recording.close()  # what was started to be recorded ends, and with it the wait for its answer

    def wait(self) -> None:
        """Until something has happened that may change what look() finds."""
        sources: list[Any] = [self._bus, self._wake, self._changes, self._leavings, *([self._laid.said] if self._laid is not None else []), *([] if self._runner is None else [self._runner])]
        ours, ready = dbus.unit_path(paths.unit(self._app, self._slot)), [self._bus]
        while ready == [self._bus]:
            ready = select.select(sources, [], [], NAMELESS if self._nameless else None)[0]
            if self._bus in ready:
                self._bus.read(0)
                if self._laid is not None and any(signal.fields.get("path") == ours for signal in self._bus.signals):
                    ready.append(self._wake)  # the unit that waits has changed
                self._bus.signals.clear()
        if self._runner is not None:
            os.close(self._runner)  # look() opens it again where it still runs
        self._runner, self._nameless = None, False
        for descriptor in (self._wake, self._changes, self._leavings):
            if descriptor in ready:
                inotify.clear(descriptor)

    def look(self) -> None:
        """One look at the app: what waits and fits goes on waiting, what does not is thrown away, what lacks is started."""
        if self._lock is None and not self._take_over():
            return self._tell("waiting", "another client keeps it warm")
        if self._laid is not None:
            self._listen()
        if self._laid is not None:
            if not self._runs():
                self._ended()
            elif self._state["wanted"] != self._wanted():
                self._throw_away()
        if self._laid is None and not self._call.cancelled.is_set() and self._given_up != self._wanted():
            self._start()

    def _take_over(self) -> bool:
        if locks.holder(paths.warm_lock(self._app)) is None:
            self._lock = locks.take(paths.warm_lock(self._app))
            if self._lock is not None:
                self._lock.say(pid=os.getpid())
        return self._lock is not None

    def _tell(self, state: str, reason: Optional[str] = None, memory: Optional[int] = None) -> None:
        told = {"type": "warm", "state": state, "reason": reason, "memory": memory}
        if told != self._told:
            self._told = told
            self._call.emit(told)

    def _listen(self) -> None:
        """What the slot's processes have said: ready, that they cannot wait, or that they went."""
        assert self._laid is not None
        for word in self._laid.words():
            if word.get("went"):
                return self._drop()
            if isinstance(word.get("off"), str):
                reason = names.shown(word["off"][:300])
                warmslot.remember(self._app, self._state["venv"], self._state["modules"], reason)
                return self._throw_away()
            if word.get("ready"):
                self._ready.add(word["pid"])
        if len(self._ready) == self._state["workers"] and not self._state["noted"]:
            try:
                warmslot.note(self._app, self._slot, **{name: self._state[name] for name in ("venv", "vars", "unit", "invocation", "pid", "modules")})
            except OSError:
                return  # a deployment has the slot: its end will be heard
            self._state["noted"] = True
            self.warmed += 1
            self._tell("warm", None, footprint.of(self._bus, paths.unit(self._app, self._slot)))

    def _runs(self) -> bool:
        unit = paths.unit(self._app, self._slot)
        active, invocation = self._bus.properties([(unit, dbus.UNIT, "ActiveState"), (unit, dbus.UNIT, "InvocationID")])
        return active in slots.RUNNING and bytes(invocation or b"").hex() == self._state["invocation"]

    def _drop(self) -> None:
        """The slot is somebody else's now, or ended."""
        if self._laid is not None:
            self._laid.close()
        self._laid = None

    def _ended(self) -> None:
        """It runs no more. Where no deployment took it, trying again would go on for ever."""
        self._drop()
        if locks.holder(paths.drain_lock(self._app)) is None:
            self._given_up = self._state["wanted"]
            self._tell("off", "it ended while it waited: the log of the app says why")

    def _throw_away(self) -> None:
        """It ends by itself; that it has is seen to, unless a deployment is at it, which does the same."""
        if self._laid is None:
            return
        self._drop()
        drain = locks.take(paths.drain_lock(self._app))
        if drain is not None:
            try:
                if slots.live(self._app) != self._slot:
                    kinds.stop_slot(self._bus, self._app, self._slot)
            finally:
                drain.release()

    def _wanted(self) -> list[Any]:
        """What a slot has to be warmed with; another one where this changes."""
        app, live = self._app, slots.live(self._app)
        spec = (configure.applied(app) or {}).get("spec") or {}
        return [spec.get("warm", True), live, slots.venv_of(app, live or ""), versions.newest(app), warmslot.unit_digest(app)]

    def _start(self) -> None:
        """Starts the idle slot, to wait; or says why not. Not while a deployment is at work: its end is heard."""
        app = self._app
        drain = locks.take(paths.drain_lock(app))
        if drain is None:
            self._await_holder()
            return self._tell("waiting", "a deployment is at work, or the release before it is still watched")
        try:
            live, spec = slots.live(app), (configure.applied(app) or {}).get("spec")
            if live is None or spec is None:
                return self._tell("off", "nothing of it is live")
            self._slot = slots.other(live)
            kinds.stop_slot(self._bus, app, self._slot)
            reason = self._refusal(live, spec)
            if reason is None:
                self._tell("starting")
                reason = self._record(live, spec) or self._lay(live, spec)
            if reason is not None:
                kinds.stop_slot(self._bus, app, self._slot)
                self._tell("off", reason)
        finally:
            drain.release()

    def _await_holder(self) -> None:
        """Has wait() hear the end of the deployment that has the slot."""
        pid = (locks.holder(paths.drain_lock(self._app)) or {}).get("pid")
        try:
            self._runner = os.pidfd_open(pid) if isinstance(pid, int) and pid != os.getpid() else None
        except OSError:
            self._runner = None  # it has ended since
        self._nameless = self._runner is None

    def _refusal(self, live: str, spec: dict[str, Any]) -> Optional[str]:
        app, unit = self._app, paths.unit(self._app, live)
        reason = warmslot.refusal(app, spec, versions.newest(app))
        if reason is not None:
            return reason
        if self._bus.properties([(unit, dbus.UNIT, "ActiveState")]) != ["active"]:
            return "it does not run"
        known = warmslot.known(app, slots.venv_of(app, live))
        if known.off is not None:
            return known.off
        found = warmslot.in_the_way(warmslot.folder_of(app, live, spec), known.modules or [])
        return f"{found} has to come before its packages" if found else footprint.shortage(footprint.of(self._bus, unit) or 0)

    def _record(self, live: str, spec: dict[str, Any]) -> Optional[str]:
        """What the app imports, where that is not known of these packages: by a cold start of it."""
        app, key = self._app, slots.venv_of(self._app, live)
        if warmslot.known(app, key).modules is not None:
            return None

        def begun(laid: warmslot.Laid) -> None:
            self._recording = laid
            if self._call.cancelled.is_set():
                laid.close()

        try:
            warmslot.boot(self._bus, app, self._slot, live, spec, BOOT_SECONDS, begun)
        except Exception as error:
            return f"it did not start a second time: {diagnosis.explain(error).message}"
        finally:
            self._recording = None
        kinds.stop_slot(self._bus, app, self._slot)
        known = warmslot.known(app, key)
        return known.off if known.modules is not None else "what it imports could not be found out"

    def _lay(self, live: str, spec: dict[str, Any]) -> Optional[str]:
        app, slot = self._app, self._slot
        key, version, gid = slots.venv_of(app, live), versions.newest(app), objects.group(app)
        modules = warmslot.known(app, key).modules or []
        unit = paths.unit(app, slot)
        slots.point(app, slot, slots.release_of(app, live) or 0, key, versions.link(app, version), gid)
        laid = warmslot.Laid(app, slot, spec, gid, "wait", modules)
        try:
            wanted = self._wanted()
            (before,) = self._bus.properties([(unit, dbus.UNIT, "InvocationID")])
            started = slots.start(self._bus, unit, before, lambda: None)
        except (slots.StartFailed, Failure) as error:
            laid.close()
            return f"its slot did not start: {error}"
        self._ready = set()
        # All its names: a package of any of them in a release would be imported in its place.
        self._state = {"wanted": wanted, "venv": key, "vars": versions.link(app, version), "unit": wanted[-1], "modules": modules}
        self._state.update(invocation=started.invocation, pid=started.pid, workers=spec["workers"] if spec["type"] == "wsgi" else 1, noted=False)
        self._laid = laid
        return None

