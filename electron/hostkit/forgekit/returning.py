"""An app that was taken over goes back: its unit first, then nginx's files to the byte, then all that was ours. Until its unit
has answered and nginx leads there, the slots serve."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any, Optional

from . import configure, dbus, files, leaving, locks, moving, originals, paths, registry, sites, slots
from .apps import wait_for_drain
from .failure import Failure

ANSWER_SECONDS = 30.0


def give_back(app: str, known: dict[str, Any], actor: str, change: Optional[dict[str, str]], entry: Optional[str]) -> dict[str, Any]:
    """The whole way back; needs the app's lock."""
    if known["phase"] == originals.TAKEN:
        changed = [paths.REGISTRY] if change is not None and registry.write(change) is not None else []
        originals.forget(app)
        return {"archive": None, "changed": changed, "pid": _pid(known["unit"])}
    drain = wait_for_drain(app)
    try:
        known = originals.record(app) or known  # whoever drained may have left the unit meanwhile
        with dbus.Bus() as bus:
            bus.listen(dbus.JOB_SIGNALS)
            if known["phase"] == originals.MOVING:
                moving.leave_original(bus, app, 0)  # it was cut after nginx led to the slot
                known = originals.record(app) or known
            known = {**known, "phase": originals.RETURNING, "actor": actor, "registry": change, "entry": entry}
            originals.keep(app, known)
            try:
                changed, workers = _start_original(bus, app, known)
            except BaseException:
                originals.keep(app, {**known, "phase": originals.MOVED})
                raise
            slots.drain(app, slots.live(app) or "a", 30.0)
            moving.drained([], workers, 5.0)
        done = leaving.leave(app, actor, change, entry, True, lambda: None)
        originals.forget(app)
        return {"archive": done["archive"], "changed": changed, "pid": _pid(known["unit"])}
    finally:
        files.remove(paths.drain_lock(app))
        drain.release()


def _start_original(bus: dbus.Bus, app: str, known: dict[str, Any]) -> tuple[list[str], set[str]]:
    """Its unit runs and answers, and nginx leads there; at any failure the slots serve on."""
    units = [one for one in known["files"] if one["path"] not in known["edited"]]
    changed = [one["path"] for one in units if one["kind"] == "file" and moving.state_of(known, one) == "gone" and originals.put_back(app, one)]
    if changed:
        bus.call("Reload")
    try:
        result = dbus.job_result(bus, bus.call("StartUnit", "ss", known["unit"], "replace")[0], slots.START_SECONDS)
        if result != "done" or not _answers(known["listens"], ANSWER_SECONDS):
            raise Failure("start-failed", f"{known['unit']} does not answer, so {app} stays in its slots", hint=f"See its log on the server: journalctl -u {known['unit']}")
        workers = _lead_back(bus, app, known)
    except BaseException:
        moving.stop(bus, known["unit"])
        raise
    back = [one["path"] for one in known["files"] if one["kind"] == "link" and originals.put_back(app, one)]
    if back:
        bus.call("Reload")
    return changed + sorted(known["edited"]) + back, workers


def _lead_back(bus: dbus.Bus, app: str, known: dict[str, Any]) -> set[str]:
    """nginx's files are as they were before; where somebody changed one since, only our words in it are."""
    wanted: list[tuple[dict[str, Any], Optional[bytes]]] = []
    now = {}
    for edit in known["edits"]:
        one = next(one for one in known["files"] if one["path"] == edit["path"])
        state = moving.state_of(known, one)
        if state == "same":
            continue
        now[edit["path"]] = files.read_bytes(edit["path"], originals.LIMIT) or b""
        rest = None if state in ("edited", "gone") else _taken_out(app, edit, now[edit["path"]])
        if state == "changed" and rest is None:
            raise Failure("conflict", f"{edit['path']} was changed since, so that it is not certain what of it is ours", hint=f"Lead it back to {' '.join(known['listens'])} by hand, then try again.")
        wanted.append((one, rest))

    def put() -> None:
        for one, rest in wanted:
            if rest is None:
                originals.put_back(app, one)
            else:
                files.write_atomic(one["path"], rest, one["mode"], (one["uid"], one["gid"]))

    def undo() -> None:
        for one, _ in wanted:
            files.write_atomic(one["path"], now[one["path"]], one["mode"], (one["uid"], one["gid"]))

    return sites.replace(bus, [one["path"] for one, _ in wanted], put, undo) if wanted else set()


def _answers(listens: list[str], seconds: float) -> bool:
    """Whether somebody answers HTTP at the first of these within that time; nobody is asked where none is known."""
    if not listens:
        return True
    deadline = time.monotonic() + seconds
    address = listens[0]
    while time.monotonic() < deadline:
        kind = socket.AF_UNIX if address.startswith("unix:") else socket.AF_INET6 if address.startswith("[") else socket.AF_INET
        host, _, port = address.rpartition(":")
        host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
        try:
            with socket.socket(kind, socket.SOCK_STREAM) as connection:
                connection.settimeout(max(0.1, deadline - time.monotonic()))
                connection.connect(address[5:] if kind == socket.AF_UNIX else (host.strip("[]"), int(port)))
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ForgeBoard\r\nConnection: close\r\n\r\n")
                if connection.recv(64).startswith(b"HTTP/1."):
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _taken_out(app: str, one: dict[str, Any], now: bytes) -> Optional[bytes]:
    """A file that somebody changed after us, with what we wrote in it taken out again; None where that is not certain."""
    for change in one["changes"]:
        new = change["text"].encode()
        if now.count(new) != sum(other["text"] == change["text"] for other in one["changes"]):
            return None
        now = now.replace(new, change["was"].encode("latin-1"), 1)
    return now


def _pid(unit: str) -> int:
    with dbus.Bus() as bus:
        return int(bus.properties([(unit, dbus.SERVICE, "MainPID")])[0] or 0)


def look_after() -> None:
    """Brings returns that were cut to their end, if nobody is at it."""
    for app in originals.apps():
        known = originals.record(app)
        lock = locks.take(paths.lock(app)) if known is not None and known["phase"] == originals.RETURNING else None
        if lock is not None:
            threading.Thread(target=_bring_to_its_end, args=(app, lock), daemon=True).start()


def _bring_to_its_end(app: str, lock: locks.Lock) -> None:
    try:
        known = originals.record(app)
        if known is not None and known["phase"] == originals.RETURNING:
            leaving.settle(app)
            if configure.applied(app) is None:
                originals.forget(app)  # all but the last step was done
            else:
                give_back(app, known, known["actor"], known["registry"], known["entry"])
    except Failure:
        pass  # the slots serve on, and whoever asks for it again is told
    finally:
        lock.release()
