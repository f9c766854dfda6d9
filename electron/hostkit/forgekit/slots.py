"""The two slots of an app: what each runs (symlinks release, venv, vars), which one is live, starting and stopping."""

from __future__ import annotations

import os
import socket
import stat
import time
from typing import Any, Callable, Optional

from . import dbus, files, paths
from .failure import Failure

START_SECONDS = 90.0  # systemd's own limit of a start job
STOP_SECONDS = 45.0  # above TimeoutStopSec=35 of the unit, after which systemd kills
TRUSTED = 1.0  # seconds that an answer of systemd's is acted upon
RUNNING = ("active", "reloading")
LISTENS = 0x10000  # flag __SO_ACCEPTCON in /proc/net/unix


def live(app: str) -> Optional[str]:
    """The slot that serves, None before the first deployment. The link may dangle after a reboot; its text counts."""
    try:
        target = os.readlink(paths.live(app))
    except OSError:
        return None
    slot = target.rpartition("/")[2]
    return slot if target in (paths.runtime(app, name) for name in paths.SLOTS) else None


def other(slot: Optional[str]) -> str:
    return "b" if slot == "a" else "a"


def release_of(app: str, slot: str) -> Optional[int]:
    """The release that a slot points at."""
    number = _target(app, slot, "release").rpartition("/")[2]
    return int(number) if number.isdigit() else None


def venv_of(app: str, slot: str) -> str:
    """Key of the venv that a slot points at, "" where none."""
    return _target(app, slot, "venv").rpartition("/")[2]


def live_release(app: str) -> Optional[int]:
    slot = live(app)
    return release_of(app, slot) if slot else None


def variables_of(app: str, slot: str) -> str:
    """The file of variables that a slot points at, "" where none."""
    return _target(app, slot, "vars")


def _target(app: str, slot: str, name: str) -> str:
    try:
        return os.readlink(f"{paths.slot(app, slot)}/{name}")
    except OSError:
        return ""


def point(app: str, slot: str, release: int, venv: str, variables: str, gid: int) -> None:
    """What the slot runs at its next start; variables: a file, or "" for none. Only while it is stopped: a running process
    would see half of each."""
    folder = paths.slot(app, slot)
    if not os.path.isdir(folder):
        files.ensure_directory(folder, 0o750, 0, gid)
    for name, target in (("release", paths.release(app, release)), ("venv", f"{paths.venvs(app)}/{venv}"), ("vars", variables)):
        link = f"{folder}/{name}"
        if target:
            replace(link, target)
        elif os.path.lexists(link):
            os.unlink(link)
    files.sync_directory(folder)


def switch(app: str, slot: str) -> None:
    """Makes the slot the one that nginx reaches. Durable when it returns."""
    replace(paths.live(app), paths.runtime(app, slot))
    files.sync_directory(paths.root(app))


def start_at_boot(app: str) -> None:
    """What serves is started at boot, also where the app was stopped before."""
    if os.path.exists(paths.boot_file(app)):
        files.replace_link(paths.boot_link(app), paths.boot_file(app))


def replace(link: str, target: str) -> None:
    temporary = f"{link}.new"
    try:
        os.unlink(temporary)
    except FileNotFoundError:
        pass
    os.symlink(target, temporary)
    os.rename(temporary, link)


class Started:
    """A unit that was started by us: the invocation tells its log from an older one's."""

    def __init__(self, invocation: str, pid: int) -> None:
        self.invocation = invocation
        self.pid = pid


class Idle:
    """What systemd knows of a slot that is to be started: asked for at once, and there when it is needed. Until the bus is
    closed systemd keeps what it has read of the unit."""

    def __init__(self, bus: dbus.Bus, app: str, slot: str, unit: Optional[str]) -> None:
        self._bus = bus
        self._asked = time.monotonic()
        if unit is not None:
            bus.manager("RefUnit", "s", unit)
        self._states = bus.manager("ListUnitsByPatterns", "asas", [], [units_of(app, slot)])
        self._invocation = bus.ask(unit, dbus.UNIT, "InvocationID") if unit is not None else None

    @property
    def is_old(self) -> bool:
        """Whether somebody may have started or stopped something there meanwhile."""
        return time.monotonic() - self._asked > TRUSTED

    def states(self) -> dict[str, str]:
        """unit -> active state. To be asked once."""
        return {unit: state for unit, (state, _) in _states(self._bus.result(self._states)).items()}

    def invocation(self) -> Any:
        """InvocationID of the unit's last start; None where there was none. To be asked once."""
        try:
            return self._bus.result(self._invocation)[0] if self._invocation is not None else None
        except dbus.Refused:
            return None


def start(bus: dbus.Bus, unit: str, before: Any, meanwhile: Callable[[], None]) -> Started:
    """Starts a stopped unit. before: its InvocationID until now; meanwhile: done while systemd is at it. The bus must
    listen to JOB_SIGNALS. Raises StartFailed where systemd could not."""
    try:
        job = bus.call("StartUnit", "ss", unit, "replace")[0]
    except dbus.Refused as error:
        raise Failure("start-failed", f"systemd refused to start {unit}: {error.message}") from None
    meanwhile()
    result = dbus.job_result(bus, job, START_SECONDS)
    after, pid = bus.properties([(unit, dbus.UNIT, "InvocationID"), (unit, dbus.SERVICE, "MainPID")])
    invocation = bytes(after or b"").hex()
    if result != "done":
        raise StartFailed(f"systemd could not start {unit} ({result})", invocation)
    if not invocation or after == before:
        # StartUnit on an active unit does nothing, and the old process would pass for the new one.
        raise StartFailed(f"{unit} was not started anew", invocation)
    return Started(invocation, pid)


class StartFailed(Exception):
    """The unit did not come up; `invocation` finds its log."""

    def __init__(self, message: str, invocation: str) -> None:
        super().__init__(message)
        self.invocation = invocation


def stop(bus: dbus.Bus, unit: str, grace: Optional[float] = None) -> None:
    """Stops a unit and forgets that it failed, if it did. grace: seconds until it is killed, where it serves nobody any
    more or had its time; else as long as the unit itself allows. The bus must listen to JOB_SIGNALS."""
    (state,) = bus.properties([(unit, dbus.UNIT, "ActiveState")])
    if state not in ("inactive", "failed", None):
        try:
            # The stop first: a killed unit would be restarted otherwise.
            job = bus.call("StopUnit", "ss", unit, "replace")[0]
            if grace is None or not dbus.job_ended(bus, job, grace):
                if grace is not None:
                    bus.manager("KillUnit", "ssi", unit, "all", 9)
                dbus.job_result(bus, job, STOP_SECONDS)
        except dbus.Refused as error:
            if not error.name.endswith("NoSuchUnit"):
                raise
    try:
        bus.call("ResetFailedUnit", "s", unit)  # else it stays in the list of failed units for ever
    except dbus.Refused:
        pass  # it is not loaded


def forget(bus: dbus.Bus, unit: str) -> None:
    """Forgets how often a unit that does not run was started of late: systemd refuses the sixth start within ten seconds.
    Not waited for: systemd takes what this connection asks in order."""
    bus.manager("ResetFailedUnit", "s", unit)


def clear_socket(app: str, slot: str) -> None:
    """Removes the socket that a killed server left. Only a socket, only in our folder, only while the slot is stopped."""
    path = paths.socket(app, slot)
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        pass


def make_runtime(app: str, uid: int) -> None:
    """The folders that tmpfiles.d makes at each boot. www-data: nginx may enter, no other app can."""
    import grp

    try:
        nginx = grp.getgrnam("www-data").gr_gid
    except KeyError:
        raise Failure("missing-requirement", "the group www-data is missing", hint="Is nginx installed? Run prepare again.") from None
    files.ensure_directory(paths.RUNTIME, 0o711)
    files.ensure_directory(paths.runtime(app), 0o711)
    for slot in paths.SLOTS:
        files.ensure_directory(paths.runtime(app, slot), 0o710, uid, nginx)


def connections(app: str, slot: str) -> int:
    """How many connections the slot's socket has or that wait in its backlog. ss does not list the waiting ones."""
    wanted, count = paths.socket(app, slot), 0
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.rstrip("\n").endswith(wanted):
                words = line.split()
                count += words[7] == wanted and not int(words[3], 16) & LISTENS
    return count


def drain(app: str, slot: str, seconds: float, least: float = 0.05, pause: Callable[[float], None] = time.sleep) -> int:
    """Waits until the slot has no connection, at most so long; gives how many are left. It was switched away from, so
    the count only falls; `least` covers a connect that resolved the link just before the switch."""
    deadline = time.monotonic() + seconds
    pause(min(least, seconds))
    while True:
        left = connections(app, slot)
        if left == 0 or time.monotonic() >= deadline:
            return left
        pause(0.02)


def peer(connection: socket.socket) -> int:
    """Process that listens at the other end of a Unix socket."""
    import struct

    return int(struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])


def in_unit(pid: int, unit: str) -> bool:
    """Whether the process belongs to the unit, by its cgroup: name=systemd on cgroup v1, 0:: on v2."""
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    return any(unit in line.split("/") for line in lines if line.startswith("0::") or ":name=systemd:" in line)


def units_of(app: str, slot: str) -> str:
    """The pattern of all units of a slot."""
    return f"forgeboard-{app}.*@{slot}.*"


def states(bus: dbus.Bus, pattern: str) -> dict[str, tuple[str, str]]:
    """unit -> (active state, sub state) of the loaded units, in one call."""
    return _states(bus.call("ListUnitsByPatterns", "asas", [], [pattern]))


def _states(answer: list[Any]) -> dict[str, tuple[str, str]]:
    return {unit[0]: (unit[3], unit[4]) for unit in answer[0]}


def property_changes(bus: dbus.Bus, unit: str) -> dict[str, Any]:
    """What has changed of a unit's state since the last call, from the signals that came."""
    changed: dict[str, Any] = {}
    path = dbus.unit_path(unit)
    for signal in [signal for signal in bus.signals if signal.fields.get("path") == path]:
        bus.signals.remove(signal)
        changed.update(signal.body[1])
    return changed
