"""An app that was taken over moves into slots. nginx's own files stay the user's: only the words that say where the app listens
are changed (returning.py puts them back). Until nginx leads to the slot the original unit serves."""

from __future__ import annotations

import glob
import os
import re
import time
from typing import Any, Callable

from . import building, copying, dbus, files, inspecting, names, nginxtree, objects, originals, paths, registry, releases, sites, slots, starting, users, venvs, versions
from .failure import Failure

STOP_SECONDS = 100.0  # above systemd's own 90 s, after which it kills
ESTABLISHED = "01"


def links(unit: str) -> list[str]:
    """The links that have systemd start a unit at boot."""
    return sorted(path for kind in ("wants", "requires") for path in glob.glob(f"{paths.UNITS}/*.{kind}/{glob.escape(unit)}") if os.path.islink(path))


def checked_sites(value: Any) -> list[str]:
    """The argument `sites`: files that nginx reads."""
    if not isinstance(value, list) or len(value) > 50:
        raise Failure("invalid", "sites is a list of at most 50 paths", field="sites")
    try:
        known = nginxtree.read().digests if value else {}
    except (nginxtree.NotUnderstood, nginxtree.NotThere):
        known = {}
    if not all(isinstance(path, str) and path in known for path in value):
        raise Failure("conflict", "nginx's configuration changed since the plan", hint="Look at the new plan.")
    return [str(path) for path in value]


def state_of(known: dict[str, Any], one: dict[str, Any]) -> str:
    """How an original lies there now."""
    path = one["path"]
    if not os.path.lexists(path):
        return "gone"
    if one["kind"] == "link":
        return "same" if os.path.islink(path) and os.readlink(path) == one["target"] else "changed"
    now = originals.digest(path)
    return "same" if now == one["digest"] else "edited" if now == known["edited"].get(path) else "changed"


def begin(call: Any, app: str, spec: dict[str, Any], apply: dict[str, Any], state: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """Starts the deployment of a move; answers its number."""
    arguments = call.arguments
    folder, root = inspecting.checked_folder(arguments.get("folder")), names.root(arguments.get("root"))
    edits, made = arguments.get("edits"), False

    def prepare(number: int) -> building.Task:
        nonlocal made
        known = originals.record(app)
        if known is None or known["phase"] != originals.TAKEN:
            raise Failure("conflict", f"{app} does not run in a unit that was taken over", field="app", hint="See what was: forgeboard adoptions scan")
        registry.compare(apply["registry"])
        users.find(app)
        with dbus.Bus() as bus:
            unit = inspecting.one_unit(bus, known["unit"])
            words = inspecting.words_of(bus, known["unit"])
            variables = inspecting.environment(bus, unit, words, folder)
        if state(unit) != arguments.get("state"):
            raise Failure("conflict", f"{known['unit']} or nginx's configuration changed since the plan", hint="Look at the new plan.")
        changed = _checked_edits(app, edits, known)
        known = {**known, "files": originals.snapshot(app, [one["path"] for one in known["files"]]), "listens": unit["listens"]}
        made = objects.make_layout(app)
        code = inspecting.code(folder, inspecting.owners(unit, folder))
        objects.check_room(paths.APPS, sum(size for _, size, _ in code.files), len(code.files))
        packages = inspecting.packages(words[0]) if arguments.get("freeze") is True else None
        texts = {f"{'' if root == '.' else root + '/'}requirements.txt": "".join(f"{line}\n" for line in packages.pinned)} if packages else {}
        entries = copying.stored(app, folder, code, texts, call.check)
        starting.require_entrypoint(spec, entries)
        task = building.Task("deploy", app, number, number, spec, venvs.plan(app, spec, entries))
        task.entries, task.digest, task.apply = entries, releases.digest(entries), apply
        actor = names.line(arguments.get("actor") or "", "actor")
        task.variables = versions.following(app, versions.read(app, versions.newest(app)), variables.values, set(variables.values), actor)
        task.moves = True
        originals.keep(app, {**known, "phase": originals.MOVING, "edits": changed})
        return task

    def undo() -> None:
        known = originals.record(app)
        if known is not None and known["phase"] == originals.MOVING:
            originals.keep(app, {**known, "phase": originals.TAKEN, "edits": []})
        if made:
            files.remove_tree(paths.root(app))

    return starting.begin(call, app, "deploy", prepare, undo)


def _checked_edits(app: str, edits: Any, known: dict[str, Any]) -> list[dict[str, Any]]:
    """Edits of nginx's files that do nothing but lead to this app's socket; Failure where one is anything else."""
    own = {one["path"] for one in known["files"] if one["kind"] == "file"} & set(checked_sites([one["path"] for one in edits] if isinstance(edits, list) and all(isinstance(one, dict) for one in edits) else None))
    leads = re.compile(r"(?:http://)?unix:" + re.escape(f"{paths.live(app)}/app.sock") + r"(?::/[A-Za-z0-9_./$-]*)?")
    for one in edits:
        content = files.read_bytes(one["path"], originals.LIMIT) or b""
        changes = one.get("changes")
        if one["path"] not in own or not isinstance(changes, list) or originals.digest(one["path"]) != one.get("digest"):
            raise Failure("conflict", f"{names.shown(one['path'])} changed since the plan", hint="Look at the new plan.")
        last = 0
        for change in changes:
            start, end, text = (change.get(name) if isinstance(change, dict) else None for name in ("start", "end", "text"))
            if not isinstance(start, int) or not isinstance(end, int) or not last <= start < end <= len(content) or not isinstance(text, str) or not leads.fullmatch(text):
                raise Failure("invalid", "an edit of nginx's files says where the app listens, and nothing else", field="edits")
            last = end
    return [{"path": one["path"], "changes": one["changes"]} for one in edits]


def _edited(content: bytes, changes: list[dict[str, Any]]) -> bytes:
    for change in reversed(changes):
        content = content[: change["start"]] + change["text"].encode() + content[change["end"] :]
    return content


def lead_here(bus: dbus.Bus, app: str) -> str:
    """nginx leads to the slot; at any failure its files are as they were. Gives words for people."""
    known = originals.record(app)
    assert known is not None
    before = {one["path"]: one for one in known["files"]}
    contents = {}
    for edit in known["edits"]:
        content = originals.content(app, before[edit["path"]])
        for change in edit["changes"]:
            change["was"] = content[change["start"] : change["end"]].decode("latin-1")
        contents[edit["path"]] = _edited(content, edit["changes"])
    known["edited"] = {path: originals.sha256(content).hexdigest() for path, content in contents.items()}
    originals.keep(app, known)

    def put() -> None:
        for path, content in contents.items():
            files.write_atomic(path, content, before[path]["mode"], (before[path]["uid"], before[path]["gid"]))

    def undo() -> None:
        for path in contents:
            originals.put_back(app, before[path])

    old = sites.replace(bus, list(contents), put, undo)
    known["workers"] = sorted(old)
    originals.keep(app, known)
    return ", ".join(contents) or "no site"


def take_back(bus: dbus.Bus, app: str) -> None:
    """A move that failed: nginx's files are as they were, and the unit that serves stays the app's."""
    known = originals.record(app)
    if known is None or known["phase"] != originals.MOVING:
        return
    touched = [one for one in known["files"] if one["path"] in known["edited"] and state_of(known, one) == "edited"]
    if touched:
        back = lambda: [originals.put_back(app, one) for one in touched]
        sites.replace(bus, [one["path"] for one in touched], back, lambda: None)
    files.remove(paths.live(app))
    originals.keep(app, {**known, "phase": originals.TAKEN, "edits": [], "edited": {}})


def forget_variables(app: str) -> None:
    """After a move that failed: nothing of the unit's variables stays in a second place."""
    if not slots.live(app):
        for number in versions.numbers(app):
            files.remove(versions.path(app, number))
        files.remove_tree(paths.configuration(app))


def leave_original(bus: dbus.Bus, app: str, seconds: float) -> str:
    """The unit that serves no more: stopped once its last requests are answered, and not started at boot. Words for people."""
    known = originals.record(app)
    if known is None or known["phase"] != originals.MOVING:
        return "it was left already"
    left = drained(known["listens"], set(known.get("workers", [])), seconds)
    stop(bus, known["unit"])
    for one in known["files"]:
        if one["kind"] == "link" and os.path.dirname(one["path"]).endswith((".wants", ".requires")):  # a unit may be a link itself
            files.remove(one["path"])
    bus.call("Reload")
    originals.keep(app, {**known, "phase": originals.MOVED, "workers": []})
    return f"{known['unit']} is stopped" + (f"; {left} connections were still open" if left else "")


def drained(listens: list[str], workers: set[str], seconds: float) -> int:
    """Waits until nginx's workers of before are gone, or nothing is connected where the app listens, for so long; gives how
    many connections are left. A worker of before may connect late: with what it had taken on already."""
    deadline = time.monotonic() + seconds
    quiet = 0.0
    while True:
        left = connections(listens)
        quiet = quiet or time.monotonic() if left == 0 else 0.0
        gone = not any(os.path.exists(f"/proc/{pid}") for pid in workers)
        if left == 0 and (gone or time.monotonic() - quiet > 2.0) or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def connections(listens: list[str]) -> int:
    """How many connections those have who listen there."""
    count = 0
    unix = {address[5:] for address in listens if address.startswith("unix:")}
    ports = {int(address.rpartition(":")[2]) for address in listens if not address.startswith("unix:")}
    if unix:
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
            rows = (line.rstrip("\n").split(None, 7) for line in file)
            count += sum(1 for words in rows if len(words) == 8 and words[7] in unix and not int(words[3], 16) & slots.LISTENS)
    for table in ("/proc/net/tcp", "/proc/net/tcp6") if ports else ():
        try:
            with open(table, encoding="ascii") as file:
                next(file)
                count += sum(1 for line in file for words in [line.split()] if words[3] == ESTABLISHED and int(words[1].rpartition(":")[2], 16) in ports)
        except FileNotFoundError:
            continue
    return count


def stop(bus: dbus.Bus, unit: str) -> None:
    try:
        dbus.job_result(bus, bus.call("StopUnit", "ss", unit, "replace")[0], STOP_SECONDS)
    except dbus.Refused as error:
        if not error.name.endswith("NoSuchUnit"):
            raise
