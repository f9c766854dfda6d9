"""Deployments: watching one, asking after it, ending it. They are started in starting.py and done in runner.py."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import Any, Iterator, Optional

from . import inotify, journal as journals, locks, names, paths, recovery
from .failure import Failure

CANCEL_SECONDS = 120.0
HUNG_SECONDS = 10.0  # after which a deployment that does not even begin to be taken back is ended by force


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
    cancelled: false where none runs or its switch was already done. One that hangs is ended by force, and is interrupted then
    (F21)."""
    app = names.app_name(call.arguments.get("app"))
    holder = locks.holder(paths.lock(app))
    if not holder or not holder.get("deployment") or holder.get("pid") in (None, os.getpid()):
        return {"cancelled": False}
    number = holder["deployment"]
    try:
        os.kill(holder["pid"], signal.SIGTERM)
    except ProcessLookupError:
        pass
    began = time.monotonic()
    forced = False
    while (locks.holder(paths.lock(app)) or {}).get("deployment") == number:
        waited = time.monotonic() - began
        if not forced and waited > HUNG_SECONDS and _hangs(app, number, holder):
            forced = True
            _end_by_force(holder["pid"])
        if waited > CANCEL_SECONDS:
            raise Failure("timeout", f"deployment {number} of {app} did not end within {CANCEL_SECONDS:.0f} s")
        call.check()
        time.sleep(0.02)
    if forced:
        recovery.take_lock(app).release()  # it is taken back before anybody is told
    record = journals.record(app, number, False)
    return {"cancelled": bool(record and record["end"] and record["end"]["outcome"] in ("cancelled", "interrupted"))}


def _hangs(app: str, number: int, holder: dict[str, Any]) -> bool:
    """Whether it is still where it was when it was asked to end, before its switch: after that it ends by itself."""
    now = locks.holder(paths.lock(app)) or {}
    return (now.get("step"), now.get("pid")) == (holder.get("step"), holder.get("pid")) and not any(
        line.get("name") == "switch" for line in journals.tail(app, number)
    )


def _end_by_force(pid: int) -> None:
    """Its lock is free at once, and whoever takes it next takes the deployment back."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


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
        self._inotify = inotify.watch(path, inotify.MODIFY)
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
            inotify.clear(self._inotify)
        return self._runner not in ready or self._inotify in ready
