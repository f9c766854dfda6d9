"""The kinds of app, by what runs in a slot: a web process on the slot's socket (wsgi, asgi, a command with $SOCKET), one on
a port of its own with systemd-socket-proxyd before it (a command with $PORT), processes only (worker), files only (static).
Each comes up, is checked and goes down in its own way; the switch is the same for all."""

from __future__ import annotations

import glob
import os
import re
import socket
import time
from typing import Any, Callable, Optional

from . import dbus, diagnosis, files, locks, paths, probe, slots
from .failure import Failure

TYPES = ("wsgi", "asgi", "command", "worker", "static")
PORTS = range(20000, 30000)  # of web processes on loopback; below what systems hand out by themselves (32768 and up)
SETTLE = 2.0  # seconds that processes without a socket must stay up to count as started
LAST_SECONDS = 3.0  # for what still runs in a slot that serves no more


def reader(spec: dict[str, Any], gid: int) -> int:
    """The group that may read the app's releases: its own; for a static site nginx's, since nobody else reads them."""
    if spec.get("type") != "static":
        return gid
    import grp

    try:
        return grp.getgrnam("www-data").gr_gid
    except KeyError:
        raise Failure("missing-requirement", "the group www-data is missing", hint="Is nginx installed? Run prepare again.") from None


def main_unit(app: str, slot: str, spec: Optional[dict[str, Any]]) -> Optional[str]:
    """The unit whose state is the app's: the web process, else the first of the others; None where nothing runs."""
    kind = (spec or {}).get("type", "wsgi")
    if kind == "static":
        return None
    if kind != "worker":
        return paths.unit(app, slot)
    units = companions(app, slot, spec or {})
    return units[0] if units else None


def companions(app: str, slot: str, spec: dict[str, Any]) -> list[str]:
    """Units that run beside the web process: other processes, and timers."""
    services = [f"forgeboard-{app}.{one['name']}@{slot}.service" for one in spec.get("processes", [])]
    return services + [f"forgeboard-{app}.{one['name']}@{slot}.timer" for one in spec.get("schedules", [])]


def loaded(bus: dbus.Bus, app: str, slot: str = "*") -> dict[str, str]:
    """unit -> active state of all units of the app's slots that systemd knows."""
    return {unit: state for unit, (state, _) in slots.states(bus, slots.units_of(app, slot)).items()}


def _runs(state: str) -> bool:
    return state not in ("inactive", "failed")


def start_companions(bus: dbus.Bus, app: str, slot: str, spec: dict[str, Any]) -> list[str]:
    """Starts them, those that run already apart; gives what systemd could not start."""
    jobs, failed = [], []
    for unit in companions(app, slot, spec):
        try:
            jobs.append((unit, bus.call("StartUnit", "ss", unit, "replace")[0]))
        except dbus.Refused:
            failed.append(unit)
    return failed + [unit for unit, job in jobs if dbus.job_result(bus, job, slots.START_SECONDS) != "done"]


def stop_companions(bus: dbus.Bus, app: str, slot: str) -> int:
    """Stops processes and timers of a slot, also ones that are in no file any more. A scheduled command that runs just now
    goes on to its end. Gives how many ran."""
    units = loaded(bus, app, slot)
    keep = {unit[: -len(".timer")] + ".service" for unit in units if unit.endswith(".timer")}
    own = [unit for unit, state in units.items() if _runs(state) and not re.search(r"\.(web|proxy)@", unit) and unit not in keep]
    for unit in sorted(own, key=lambda name: not name.endswith(".timer")):
        slots.stop(bus, unit)
    return len(own)


def replace_companions(bus: dbus.Bus, app: str, old: Optional[str], slot: str, spec: dict[str, Any]) -> str:
    """After the switch: processes and timers of the old slot give way to those of the new; gives their names. Failure
    ('start-failed') where systemd could not start one."""
    if old is not None:
        stop_companions(bus, app, old)
    failed = start_companions(bus, app, slot, spec)
    if failed:
        raise Failure("start-failed", f"{', '.join(failed)} could not be started", hint="See its log; the release is live.")
    return ", ".join(one["name"] for one in spec.get("processes", []) + spec.get("schedules", []))


def stop_slot(bus: dbus.Bus, app: str, slot: str, grace: Optional[float] = 0, states: Optional[dict[str, str]] = None) -> list[str]:
    """Stops all of a slot, scheduled commands too, and removes its socket; gives the units that ran. states: of its units,
    where they were asked for already."""
    units = loaded(bus, app, slot) if states is None else states
    ran = sorted(unit for unit, state in units.items() if _runs(state))
    for unit in sorted(units, key=lambda name: (not name.endswith(".timer"), ".proxy@" in name)):
        if units[unit] == "inactive":
            slots.forget(bus, unit)
        else:
            slots.stop(bus, unit, grace)
    slots.clear_socket(app, slot)
    files.remove_tree(paths.warm(app, slot))
    return ran


class Kind:
    """One deployment's way to bring up a slot; old: the slot that serves until then."""

    def __init__(self, bus: dbus.Bus, app: str, slot: str, old: Optional[str], spec: dict[str, Any]) -> None:
        self.bus, self.app, self.slot, self.old, self.spec = bus, app, slot, old, spec
        self.unit = main_unit(app, slot, spec)
        self.invocation = ""
        self.idle: Optional[slots.Idle] = None  # where it was asked for already

    def start(self, meanwhile: Callable[[], None]) -> str:
        """Starts what must run before the switch; the slot is stopped and points at its release. Gives words for people."""
        raise NotImplementedError

    def check(self, seconds: float) -> str:
        """Waits until the slot is fit to serve. Failure('start-failed') where it is not within so many seconds."""
        raise NotImplementedError

    def undo(self, spec: dict[str, Any]) -> None:
        """The deployment failed before its switch: what of the old slot was stopped for it runs again, by the spec that
        is in force."""

    def _start_unit(self, unit: str, meanwhile: Callable[[], None]) -> slots.Started:
        idle, self.idle = self.idle, None
        before = idle.invocation() if idle is not None and unit == self.unit else self.bus.properties([(unit, dbus.UNIT, "InvocationID")])[0]
        try:
            started = slots.start(self.bus, unit, before, meanwhile)
        except slots.StartFailed as error:
            raise diagnosis.start_failure(self.bus, self.app, unit, str(error), error.invocation, ended=True) from None
        self.invocation = started.invocation
        return started

    def _probe(self, endpoint: probe.Endpoint, seconds: float) -> int:
        assert self.unit is not None
        try:
            return probe.check(self.bus, self.unit, endpoint, self.spec["health"]["path"], "localhost", seconds)
        except probe.NotUp as error:
            raise diagnosis.start_failure(self.bus, self.app, self.unit, str(error), self.invocation, error.ended) from None


class OnSocket(Kind):
    def start(self, meanwhile: Callable[[], None]) -> str:
        files.remove(paths.port_file(self.app, self.slot))
        assert self.unit is not None
        return f"slot {self.slot}, process {self._start_unit(self.unit, meanwhile).pid}"

    def check(self, seconds: float) -> str:
        return f"GET {self.spec['health']['path']} gave {self._probe(probe.UnixSocket(paths.socket(self.app, self.slot)), seconds)}"


class OnPort(Kind):
    port = 0

    def start(self, meanwhile: Callable[[], None]) -> str:
        self.port = _take_port(self.app, self.slot)
        assert self.unit is not None
        started = self._start_unit(self.unit, meanwhile)
        return f"slot {self.slot}, process {started.pid}, port {self.port}"

    def check(self, seconds: float) -> str:
        assert self.unit is not None
        endpoint = probe.Port(self.port, self.unit)
        status = self._probe(endpoint, seconds)
        for kind in ("socket", "service"):
            job = self.bus.call("StartUnit", "ss", f"forgeboard-{self.app}.proxy@{self.slot}.{kind}", "replace")[0]
            if dbus.job_result(self.bus, job, slots.START_SECONDS) != "done":
                raise Failure("start-failed", f"systemd could not start the {kind} before port {self.port} of {self.app}", hint="See: journalctl -u " + f"forgeboard-{self.app}.proxy@{self.slot}.{kind}")
        wide = "" if endpoint.on_loopback() else "; it listens on all addresses, not on 127.0.0.1 only: keep that port closed in the firewall"
        return f"GET {self.spec['health']['path']} on port {self.port} gave {status}{wide}"


class ProcessesOnly(Kind):
    """Two releases of a worker would do the same work twice, so the old ones stop before the new ones start."""

    replaced = False  # whether old ones ran

    def start(self, meanwhile: Callable[[], None]) -> str:
        if self.old is not None:
            self.replaced = stop_companions(self.bus, self.app, self.old) > 0
        meanwhile()
        for unit in companions(self.app, self.slot, self.spec):
            self._start_unit(unit, lambda: None)
        return f"slot {self.slot}"

    def check(self, seconds: float) -> str:
        units = companions(self.app, self.slot, self.spec)
        deadline = time.monotonic() + SETTLE
        while True:
            states = slots.states(self.bus, slots.units_of(self.app, self.slot))
            for unit in units:
                active, sub = states.get(unit, ("inactive", "dead"))
                restarts = self.bus.properties([(unit, dbus.SERVICE, "NRestarts")])[0] if unit.endswith(".service") else 0
                if active not in ("active", "reloading") or sub.startswith("auto-restart") or restarts:
                    invocation = bytes(self.bus.properties([(unit, dbus.UNIT, "InvocationID")])[0] or b"").hex()
                    raise diagnosis.start_failure(self.bus, self.app, unit, "it did not stay up", invocation, ended=True)
            left = deadline - time.monotonic()
            if left <= 0:
                return f"{len(units)} {'process' if len(units) == 1 else 'processes'} stayed up for {SETTLE:.0f} s"
            self.bus.read(min(left, 0.2))

    def undo(self, spec: dict[str, Any]) -> None:
        if self.old is not None:
            start_companions(self.bus, self.app, self.old, spec)


class FilesOnly(Kind):
    def start(self, meanwhile: Callable[[], None]) -> str:
        files.replace_link(f"{paths.runtime(self.app, self.slot)}/slot", paths.slot(self.app, self.slot))
        meanwhile()
        return f"slot {self.slot}"

    def check(self, seconds: float) -> str:
        inside = [part for part in (self.spec["root"], self.spec["folder"]) if part != "."]
        folder = "/".join([f"{paths.slot(self.app, self.slot)}/release", *inside])
        if not os.path.isdir(folder):
            raise Failure("start-failed", f"{'/'.join(inside)} is not in the folder", hint="What a static site serves is named by `folder` in forgeboard.yml.", field="folder")
        if not any(os.path.isfile(f"{folder}/{name}") for name in ("index.html", "index.htm")):
            raise Failure("start-failed", f"there is no index.html in {'/'.join(inside) or 'the folder'}", hint="What a static site serves is named by `folder` in forgeboard.yml.", field="folder")
        return "index.html is there"


def of(bus: dbus.Bus, app: str, slot: str, old: Optional[str], spec: dict[str, Any]) -> Kind:
    """The kind of an app; its units must lie on the host already."""
    kind = spec["type"]
    found = FilesOnly if kind == "static" else ProcessesOnly if kind == "worker" else OnPort if os.path.exists(paths.proxy_file(app)) else OnSocket
    return found(bus, app, slot, old, spec)


def _take_port(app: str, slot: str) -> int:
    """Chooses the slot's port and writes it down. One app after the other: nobody listens there yet, so two that start at
    the same moment would choose the same."""
    lock = locks.take_shared_step("ports")
    try:
        port = _free_port(app, slot)
        files.write_atomic(paths.port_file(app, slot), f"PORT={port}\n", 0o644)
        return port
    finally:
        lock.release()


def _free_port(app: str, slot: str) -> int:
    """A port of loopback that nobody has: the slot's last one where it can be, so that it stays the same over restarts."""
    own = paths.port_file(app, slot)
    taken = set()
    for path in glob.glob(f"{paths.APPS}/*/slots/*/port"):
        number = (files.read_text(path) or "").partition("=")[2].strip()
        if number.isdigit() and path != own:
            taken.add(int(number))
    last = (files.read_text(own) or "").partition("=")[2].strip()
    for port in [*([int(last)] if last.isdigit() else []), *PORTS]:
        if port not in taken and port in PORTS:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
                try:
                    trial.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
    raise Failure("limit", "no port of loopback is free for the app")
