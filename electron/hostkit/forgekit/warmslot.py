"""A slot that waits warm: its unit runs with server and packages imported and the app's own code not (warmstart.py). What
belongs to it lies in /run, so that a reboot leaves nothing of it: <slot>.warm/ with the script, its plan, two fifos and
`env`, which the unit reads and which turns a usual start into a warm one. Nobody but the drain lock's holder changes it.

The unit waits for as long as somebody holds the other end of its fifo, so it ends with whoever wanted it, however that one
ends. To go is a file and a byte: the link of the slot is pointed at the release first."""

from __future__ import annotations

import json
import os
import pkgutil
import re
from hashlib import sha256
from typing import Any, Callable, Optional

from . import dbus, files, kinds, locks, objects, paths, releases, slots, venvs, versions

FORMAT = 1
MOST_MODULES = 20_000
LIST_LIMIT = 2 << 20
KNOWN = ".warm.json"  # in a venv: what is known of warming it
# They change what server or interpreter import before the app, or how its workers are made.
TELLING = frozenset("PYTHONPATH GUNICORN_CMD_ARGS UVICORN_WORKERS UVICORN_RELOAD WEB_CONCURRENCY".split())
PATCHING = ("gevent", "eventlet")  # they must be the first to touch what they patch
SCRIPT = pkgutil.get_data(__package__, "warmstart.py") or b""  # read now: a runner has no kit to read from any more
OWN_CONFIGURATION = "gunicorn.conf.py"  # gunicorn runs it before any worker: it is code of the app


class Known:
    """What a venv's file says: modules that a release had imported when it was booted cold, or why it is not warmed."""

    def __init__(self, modules: Optional[list[str]], off: Optional[str]) -> None:
        self.modules = modules
        self.off = off


def known(app: str, key: str) -> Known:
    text = files.read_text(f"{venvs.folder(app, key)}/{KNOWN}", LIST_LIMIT)
    said = json.loads(text) if text else {}
    return Known(said.get("modules"), said.get("off"))


def remember(app: str, key: str, modules: Optional[list[str]], off: Optional[str] = None) -> None:
    if venvs.complete(app, key):
        files.write_atomic(f"{venvs.folder(app, key)}/{KNOWN}", json.dumps({"format": FORMAT, "modules": modules, "off": off}), 0o600)


def learn(app: str, slot: str, key: str) -> None:
    """Takes over the list that a recorded start has written. The app's user wrote it, so it is checked; what is wrong in
    it could only be imported by that user again."""
    path = f"{paths.runtime(app, slot)}/modules.json"
    text = files.read_text(path, LIST_LIMIT)
    files.remove(path)
    try:
        said = json.loads(text or "null")
    except ValueError:
        said = None
    if not isinstance(said, list) or len(said) > MOST_MODULES:
        return
    modules = [name for name in said if isinstance(name, str) and re.fullmatch(r"[A-Za-z_][\w.]{0,200}", name, re.A)]
    patching = next((name for name in PATCHING if name in modules), None)
    remember(app, key, modules, f"{patching} has to come before everything else" if patching else None)


def refusal(app: str, spec: dict[str, Any], variables: int) -> Optional[str]:
    """Why no slot of the app can wait warm, in words; None where one can. What is known of its packages is asked apart."""
    if not spec.get("warm", True):
        return "it is off in the settings of this app"
    if spec.get("type") not in ("wsgi", "asgi"):
        return "only WSGI and ASGI apps have packages to warm"
    if spec["type"] == "asgi" and spec.get("workers", 1) > 1:
        return "uvicorn starts each of several workers anew"
    if "$FORGEBOARD_START" not in (files.read_text(paths.unit_file(app)) or ""):
        return "its unit is of an older ForgeBoard: apply its settings once"
    telling = sorted(TELLING & versions.read(app, variables).values.keys())
    if telling:
        return f"the variable {telling[0]} says how it is started"
    return None


def folder_of(app: str, slot: str, spec: dict[str, Any]) -> str:
    """The folder of the app in whatever release the slot points at."""
    return f"{paths.slot(app, slot)}/release" + ("" if spec["root"] == "." else f"/{spec['root']}")


def in_the_way(folder: str, modules: list[str]) -> Optional[str]:
    """A file of the release that would be imported in place of a package, were it started cold, or run by the server."""
    names = {name.partition(".")[0] for name in modules}
    for entry in os.listdir(folder):
        stem = entry.partition(".")[0]
        is_module = entry.endswith((".py", ".so", ".pyc")) or os.path.exists(f"{folder}/{entry}/__init__.py")
        if entry == OWN_CONFIGURATION or (stem in names and is_module):
            return entry
    return None


class Laid:
    """The files of a slot that is about to start with warmstart.py, and our end of its fifos."""

    def __init__(self, app: str, slot: str, spec: dict[str, Any], gid: int, mode: str, modules: list[str]) -> None:
        self.app, self.slot = app, slot
        self.folder = paths.warm(app, slot)
        self.descriptors: list[int] = []
        clear(app, slot)
        files.ensure_directory(self.folder, 0o750, 0, gid)
        plan = {"mode": mode, "folder": folder_of(app, slot, spec), "modules": modules}
        for name, content in (("start.py", SCRIPT), ("plan.json", json.dumps(plan).encode()), ("env", f"FORGEBOARD_START={self.folder}/start.py\n".encode())):
            _write(f"{self.folder}/{name}", content, gid)
        self.fifo = self._fifo("fifo", 0o640, gid)
        self.said = self._fifo("said", 0o620, gid)

    def _fifo(self, name: str, mode: int, gid: int) -> int:
        path = f"{self.folder}/{name}"
        os.mkfifo(path, 0o600)
        os.chown(path, 0, gid)
        os.chmod(path, mode)
        # Both ways, so that it never ends on our side; it hangs up on theirs when we close it, or are gone.
        self.descriptors.append(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        return self.descriptors[-1]

    def words(self) -> list[dict[str, Any]]:
        """What its processes have said since; whatever is no word of theirs is passed over."""
        try:
            text = os.read(self.said, 65536)
        except BlockingIOError:
            return []
        found = []
        for line in text.splitlines():
            try:
                word = json.loads(line)
            except ValueError:
                continue
            if isinstance(word, dict) and isinstance(word.get("pid"), int):
                found.append(word)
        return found

    def close(self) -> None:
        """Whoever waits at the other end ends by itself."""
        descriptors, self.descriptors = self.descriptors, []
        for descriptor in descriptors:
            os.close(descriptor)


def _write(path: str, content: bytes, gid: int) -> None:
    """Not synced: it is in memory, and gone with the next boot."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        os.fchown(descriptor, 0, gid)
        os.fchmod(descriptor, 0o640)


def clear(app: str, slot: str) -> None:
    """Takes away what makes a start of the slot a warm one."""
    files.remove_tree(paths.warm(app, slot))


def note(app: str, slot: str, **state: Any) -> None:
    """What whoever takes the slot has to know: venv, vars, unit (digest of its text), invocation, pid, modules."""
    files.write_atomic(f"{paths.warm(app, slot)}/state.json", json.dumps(state), 0o600)


def unit_digest(app: str) -> str:
    return sha256((files.read_bytes(paths.unit_file(app)) or b"")).hexdigest()


class Waiting:
    """A slot that waits warm and fits; it goes on waiting until go() or close(), whoever else leaves."""

    def __init__(self, app: str, slot: str, state: dict[str, Any], fifo: int) -> None:
        self.app, self.slot = app, slot
        self.invocation, self.pid = str(state["invocation"]), int(state["pid"])
        self._fifo = fifo

    def go(self) -> None:
        """It imports the app from the release that the slot points at by now."""
        folder = paths.warm(self.app, self.slot)
        os.unlink(f"{folder}/env")  # what is started from now on in this slot is started cold
        os.close(os.open(f"{folder}/go", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
        os.write(self._fifo, b"g" * 256)  # at most one for each worker
        self.close()

    def close(self) -> None:
        if self._fifo >= 0:
            os.close(self._fifo)
            self._fifo = -1


def waiting(bus: dbus.Bus, app: str, slot: str, venv: str, variables: str, release: int, spec: dict[str, Any]) -> Optional[Waiting]:
    """The warm slot where it fits this release, these packages, variables and this unit. Needs the drain lock."""
    text = files.read_text(f"{paths.warm(app, slot)}/state.json")
    if text is None:
        return None
    if not os.path.exists(f"{paths.warm(app, slot)}/env") or os.path.exists(f"{paths.warm(app, slot)}/go"):
        return None
    state = json.loads(text)
    inside = paths.release(app, release) + ("" if spec["root"] == "." else f"/{spec['root']}")
    if (state["venv"], state["vars"], state["unit"]) != (venv, variables, unit_digest(app)) or in_the_way(inside, state["modules"]):
        return None
    unit = paths.unit(app, slot)
    active, invocation = bus.properties([(unit, dbus.UNIT, "ActiveState"), (unit, dbus.UNIT, "InvocationID")])
    if active not in slots.RUNNING or bytes(invocation or b"").hex() != state["invocation"]:
        return None
    try:
        return Waiting(app, slot, state, os.open(f"{paths.warm(app, slot)}/fifo", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return None


def booted_cold(app: str, release: int) -> bool:
    """Whether the release is known to start without anything kept warm."""
    manifest = releases.manifest(app, release)
    return bool(manifest and manifest["cold"])


def boot(bus: dbus.Bus, app: str, slot: str, live: str, spec: dict[str, Any], seconds: float, begun: Callable[[Laid], None] = lambda laid: None) -> None:
    """Boots what the live slot runs in the other one as well, cold, and learns what it imports. Needs the drain lock; the
    caller stops the slot. It ends by itself where its caller does. Raises what a start or a check raises."""
    key, gid = slots.venv_of(app, live), objects.group(app)
    slots.point(app, slot, slots.release_of(app, live) or 0, key, slots.variables_of(app, live), gid)
    files.remove(f"{paths.runtime(app, slot)}/modules.json")
    laid = Laid(app, slot, spec, gid, "record", [])
    try:
        begun(laid)
        unit = paths.unit(app, slot)
        bus.listen(dbus.unit_signals(unit))
        kind = kinds.of(bus, app, slot, live, spec)
        kind.start(lambda: None)
        kind.check(seconds)
        learn(app, slot, key)
    finally:
        laid.close()


def look_after(app: str) -> None:
    """Stops what a keeper that was killed has left. A slot that waits has ended by itself; this is for one that could not."""
    live = slots.live(app)
    left = [slot for slot in paths.SLOTS if slot != live and os.path.isdir(paths.warm(app, slot))]
    if not left or locks.holder(paths.warm_lock(app)) is not None:
        return
    drain = locks.take(paths.drain_lock(app))
    if drain is None:
        return  # a deployment is at work, and sees to it
    try:
        with dbus.Bus() as bus:
            bus.listen(dbus.JOB_SIGNALS)
            for slot in left:
                if slot != slots.live(app):
                    kinds.stop_slot(bus, app, slot)
    finally:
        drain.release()
