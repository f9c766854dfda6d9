"""What an app is on its host besides its releases: user, folders, units, site, registry entry. Applied as a whole, and
taken back as a whole where the deployment fails before its switch."""

from __future__ import annotations

import json
import os
import re
import time
from hashlib import sha256
from typing import Any, Optional

from . import dbus, files, kinds, names, objects, paths, registry, releases, sites, slots, users
from .failure import Failure

TEXT_LIMIT = 1 << 20
MODES = (0o600, 0o644)


def checked(app: str, apply: Any) -> Optional[dict[str, Any]]:
    """The argument `apply`: {files: [{path, content, mode}...], registry: {text, digest} | null, entryDigest, entry}, or
    null. entry: the text of the app's entry in apps.yml that this was made from."""
    if apply is None:
        return None
    if not isinstance(apply, dict) or not isinstance(apply.get("files"), list):
        raise Failure("invalid", "apply is {files, registry, entryDigest}", field="apply")
    wanted: dict[str, tuple[str, int]] = {}
    for entry in apply["files"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("content"), str) or entry.get("mode") not in MODES:
            raise Failure("invalid", "a file is {path, content, mode}", field="apply")
        path = entry.get("path")
        if not isinstance(path, str) or not may_write(app, path):
            raise Failure("invalid", f"{names.shown(str(path))} is not a file of the app {app}", field="apply")
        if len(entry["content"]) > TEXT_LIMIT or "\0" in entry["content"]:
            raise Failure("invalid", f"{path} is too large or has a NUL in it", field="apply")
        wanted[path] = (entry["content"], entry["mode"])
    entry = apply.get("entry")
    if entry is not None and (not isinstance(entry, str) or len(entry) > TEXT_LIMIT):
        raise Failure("invalid", "the entry is a text or null", field="apply")
    return {"files": wanted, "registry": registry.checked(apply.get("registry")), "entryDigest": str(apply.get("entryDigest") or "")[:128], "entry": entry}


def restored(app: str, manifest: dict[str, Any], change: Optional[dict[str, str]]) -> Optional[dict[str, Any]]:
    """What a rollback to a release has to apply, in the form of checked(); null where all is as it was then."""
    if manifest["spec"] is None or manifest["texts"] is None:
        return None
    now = applied(app) or {}
    if change is None and all(now.get(mine) == manifest[its] for mine, its in (("spec", "spec"), ("files", "texts"), ("entry", "entry"))):
        return None
    listed = [{"path": path, "content": content, "mode": 0o644} for path, content in manifest["texts"].items()]
    return checked(app, {"files": listed, "registry": change, "entryDigest": now.get("entryDigest"), "entry": manifest["entry"]})


def may_write(app: str, path: str) -> bool:
    """The files that an app may have, and no other."""
    return (
        path in (paths.boot_file(app), paths.tmpfiles(app), paths.site(app))
        or re.fullmatch(re.escape(f"{paths.UNITS}/forgeboard-{app}.") + r"[a-z][a-z0-9-]{0,30}@\.(service|timer|socket)", path) is not None
    )


def applied(app: str) -> Optional[dict[str, Any]]:
    """What was last applied: {format, app, spec, files: {path: text}, entryDigest, entry, at, deployment, actor}."""
    text = files.read_text(paths.applied(app))
    return json.loads(text) if text else None


def applied_digest(app: str) -> str:
    """SHA-256, hex, of what was last applied; "" where nothing was."""
    text = files.read_text(paths.applied(app))
    return sha256(text.encode()).hexdigest() if text else ""


def keep_record(app: str) -> None:
    """What is applied now is what a rollback to the live release will put back. Needs the app's lock or its drain lock."""
    now, live = applied(app), slots.live_release(app)
    manifest = releases.manifest(app, live) if live is not None else None
    if now is None or live is None or manifest is None or manifest["spec"] is None:
        return
    wanted = {"spec": now["spec"], "texts": now["files"], "entry": now.get("entry"), "venv": slots.venv_of(app, slots.live(app) or "") or manifest["venv"]}
    if any(manifest[name] != value for name, value in wanted.items()):
        releases.amend(app, live, **wanted)


def ensure_folders(app: str, uid: int, gid: int, spec: dict[str, Any]) -> None:
    """The app's folders with their rights; what was uploaded before there was a user, or while the releases had other
    readers, goes to the group that reads them now."""
    objects.make_layout(app)
    reader = kinds.reader(spec, gid)
    orphaned = os.stat(paths.objects(app)).st_gid != reader
    for folder in (paths.releases(app), paths.slots(app)):
        files.ensure_directory(folder, 0o750, 0, reader)
    files.ensure_directory(paths.venvs(app), 0o750, 0, gid)
    if orphaned:
        objects.adopt(app, reader)
    files.ensure_directory(paths.data(app), 0o750, uid, gid)
    for slot in paths.SLOTS:
        files.ensure_directory(paths.slot(app, slot), 0o750, 0, reader)
    slots.make_runtime(app, 0 if spec["type"] == "static" else uid)


class Change:
    """One application of a configuration; undo() takes back whatever of it was done. What was there before is written to
    `intent` first, so that it can be taken back also where the deployment is cut."""

    def __init__(self, bus: dbus.Bus, app: str, spec: dict[str, Any], wanted: dict[str, Any], intent: str) -> None:
        self._bus = bus
        self._app = app
        self._spec = spec
        self._wanted = wanted
        self._intent = intent
        self._before: dict[str, Any] = {}

    def do(self, head: dict[str, Any]) -> list[str]:
        """Makes it so; gives in words what changed. head: who and which deployment, kept with what was applied."""
        app, texts = self._app, self._wanted["files"]
        registry.compare(self._wanted["registry"])
        previous = applied(app)
        old = [path for path in (previous or {}).get("files", {}) if path not in texts and may_write(app, path)]
        self._remember([*texts, *old])
        if self._wanted["registry"] is not None:
            # First of all: of several new apps that chose the same port one wins here, before anything of the others is made.
            registry.write(self._wanted["registry"])
        uid, gid, made = users.ensure(app)
        changed = [f"user {paths.user(app)}"] if made else []
        ensure_folders(app, uid, gid, self._spec)
        for path, (content, mode) in texts.items():
            if path != paths.site(app) and self._write(path, content, mode):
                changed.append(path)
        changed += [path for path in old if path != paths.site(app) and files.remove(path)]
        # Later the switch sees to it: an app that was stopped stays so where its deployment fails.
        if previous is None and paths.boot_file(app) in texts and files.replace_link(paths.boot_link(app), paths.boot_file(app)):
            changed.append(paths.boot_link(app))
        if any(path.startswith(paths.UNITS) for path in changed):
            self._bus.call("Reload")
        site = texts.get(paths.site(app), (None, 0))[0]
        if sites.write(self._bus, app, site):
            changed.append(paths.site(app))
        self._keep_applied(head)
        return changed

    def undo(self) -> None:
        take_back(self._bus, self._app, self._before)

    def _remember(self, named: list[str]) -> None:
        change = self._wanted["registry"]
        self._before = {
            "files": {path: files.read_text(path) for path in [*named, paths.applied(self._app)]},
            "registry": {"before": files.read_text(paths.REGISTRY, registry.LIMIT), "after": change["text"]} if change is not None else None,
        }
        self._before["files"].setdefault(paths.site(self._app), files.read_text(paths.site(self._app)))
        files.write_atomic(self._intent, json.dumps(self._before), 0o600)

    def _write(self, path: str, content: str, mode: int) -> bool:
        return files.write_atomic(path, content, mode)

    def _keep_applied(self, head: dict[str, Any]) -> None:
        texts = {name: content for name, (content, _) in self._wanted["files"].items()}
        whole = {"format": 1, "app": self._app, "spec": self._spec, "files": texts, "entryDigest": self._wanted["entryDigest"], "entry": self._wanted["entry"], "at": time.time(), **head}
        files.write_atomic(paths.applied(self._app), json.dumps(whole, indent=1) + "\n", 0o644)


def take_back(bus: dbus.Bus, app: str, before: dict[str, Any]) -> None:
    """Puts back what was there. Best effort step by step: one that fails does not keep the others from being done."""
    problems: list[Exception] = []
    for step in (_take_back_registry, _take_back_site, _take_back_files):
        try:
            step(bus, app, before)
        except Exception as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def _take_back_registry(_bus: dbus.Bus, _app: str, before: dict[str, Any]) -> None:
    change = before.get("registry")
    if change:
        registry.restore(change["before"], change["after"])


def _take_back_site(bus: dbus.Bus, app: str, before: dict[str, Any]) -> None:
    if paths.site(app) in before.get("files", {}):
        sites.write(bus, app, before["files"][paths.site(app)], back=True)


def _take_back_files(bus: dbus.Bus, app: str, before: dict[str, Any]) -> None:
    changed = []
    for path, text in before.get("files", {}).items():
        if path == paths.site(app):
            continue
        if files.remove(path) if text is None else files.write_atomic(path, text, 0o644):
            changed.append(path)
    if not os.path.exists(paths.boot_file(app)):
        files.remove(paths.boot_link(app))
    if any(path.startswith(paths.UNITS) for path in changed):
        bus.call("Reload")
