"""Releases: the sealed trees of an app's files, and what is known of each (releases/<n>.json, beside the tree, so that
the tree holds the app's files only). A release has the number of the deployment that made it."""

from __future__ import annotations

import errno
import json
import os
import shutil
from hashlib import sha256
from typing import Any, Iterable, Optional

from . import files, journal, names, objects, parts, paths, registry, slots
from .failure import Failure

Entry = tuple[str, str, int]  # path, key, size
PARTIAL = ".partial"
KEPT = 5  # releases that stay where the spec does not say
FORMAT = 2  # of a manifest; in format 1 the configuration was not part of it; variables are null in those made before they were kept
# cold: whether it was booted without anything kept warm; all that were made before that was kept were.
ADDED = {"spec": None, "texts": None, "entry": None, "variables": None, "commit": None, "steps": {}, "cold": True}  # with format 2


def offer(call: Any) -> dict[str, Any]:
    """Which contents the host lacks, and what a plan is made from. Arguments: app, files ([[path, key, size in bytes]...]).
    Answers the missing keys, `partial` (how many bytes of some of them an upload that was cut has left here), the registry
    as in registry.read, and `applied`, the {spec, entry, digest} in force (null for an app that is new here). In one answer: three
    calls at a time would each wait for the others' turns. Changes nothing."""
    app = names.app_name(call.arguments.get("app"))
    entries = names.file_list(call.arguments.get("files"))
    missing = objects.missing(app, entries)
    text = files.read_text(paths.applied(app))
    applied = json.loads(text) if text else None
    return {
        "missing": missing,
        "partial": parts.partial(app, entries, missing),
        "registry": registry.current(),
        "applied": applied and {"spec": applied["spec"], "entry": applied.get("entry"), "digest": sha256((text or "").encode()).hexdigest()},
    }


def digest(entries: Iterable[Entry]) -> str:
    """SHA-256 over path NUL key LF of every file, sorted by the path's bytes."""
    whole = sha256()
    for name, key in sorted((entry[0].encode(), entry[1].encode()) for entry in entries):
        whole.update(b"%s\0%s\n" % (name, key))
    return whole.hexdigest()


def manifest_path(app: str, number: int) -> str:
    return f"{paths.release(app, number)}.json"


def manifest(app: str, number: int) -> Optional[dict[str, Any]]:
    """What is known of a release in the form of today, None where there is none. What its format did not have is null:
    a rollback to it leaves the configuration as it is."""
    content = files.read_bytes(manifest_path(app, number), 64 << 20)
    return {"format": 1, **ADDED, **json.loads(content)} if content is not None else None


def amend(app: str, number: int, **facts: Any) -> None:
    """Adds what became known after the release was sealed."""
    known = manifest(app, number)
    if known is not None:
        files.write_atomic(manifest_path(app, number), json.dumps({**known, **facts}, separators=(",", ":")), 0o600)


def live_manifest(app: str) -> Optional[dict[str, Any]]:
    number = slots.live_release(app)
    return manifest(app, number) if number is not None else None


def seal(app: str, number: int, facts: dict[str, Any], entries: list[Entry]) -> None:
    """Writes the manifest: from now on the tree counts as a release. facts: the rest of it, with the files' digest; `list`
    holds the files as [path, key, size]."""
    whole = {
        "release": number,
        **facts,
        "files": len(entries),
        "bytes": sum(size for _, _, size in entries),
        "list": [list(entry) for entry in entries],
    }
    files.write_atomic(manifest_path(app, number), json.dumps(whole, separators=(",", ":")), 0o600)


def build(app: str, number: int, entries: list[Entry], gid: int) -> None:
    """Makes the tree of hard links, whole or not at all. Failure('conflict') where a content is not there."""
    final = paths.release(app, number)
    partial = final + PARTIAL
    base = paths.objects(app)
    made = {""}
    _folder(partial, gid)
    for name, key, _ in entries:
        folder = name.rpartition("/")[0]
        if folder not in made:
            _folders(partial, folder, made, gid)
        link(f"{base}/{key[:2]}/{key[2:]}", f"{partial}/{name}", gid)
    os.rename(partial, final)


def link(source: str, target: str, gid: int) -> None:
    """A hard link; a copy where the file has as many links as its file system allows (65,000 on ext4)."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise Failure("conflict", "a file's content is no longer on the server", hint="Deploy again.") from None
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copyfile(source, target)
        os.chown(target, 0, gid)
        os.chmod(target, os.stat(source).st_mode & 0o777)


def _folders(top: str, folder: str, made: set[str], gid: int) -> None:
    parent = folder.rpartition("/")[0]
    if parent not in made:
        _folders(top, parent, made, gid)
    _folder(f"{top}/{folder}", gid)
    made.add(folder)


def _folder(path: str, gid: int) -> None:
    os.mkdir(path, 0o700)
    os.chown(path, 0, gid)
    os.chmod(path, 0o750)


def numbers(app: str) -> list[int]:
    """The sealed releases, oldest first."""
    try:
        entries = os.listdir(paths.releases(app))
    except FileNotFoundError:
        return []
    return sorted(int(entry[:-5]) for entry in entries if entry.endswith(".json") and entry[:-5].isdigit())


def remove(app: str, number: int) -> None:
    """The manifest first: a tree without one is taken for half-made and removed by the next deployment."""
    files.remove(manifest_path(app, number))
    for path in (paths.release(app, number), paths.release(app, number) + PARTIAL):
        shutil.rmtree(path, ignore_errors=True)


def clear_half_made(app: str) -> list[str]:
    """Removes what deployments that were cut left behind. Needs the app's lock."""
    sealed = {str(number) for number in numbers(app)}
    gone = []
    for entry in os.listdir(paths.releases(app)):
        if entry not in sealed and not entry.endswith(".json"):
            shutil.rmtree(f"{paths.releases(app)}/{entry}", ignore_errors=True)
            gone.append(entry)
    return gone


def prune(app: str, keep: int) -> list[int]:
    """Removes all but the `keep` newest releases, never one that a slot points at nor the one that was live before. Needs
    the app's lock or its drain lock."""
    used = {slots.release_of(app, slot) for slot in paths.SLOTS} | {previous(app)}
    gone = [number for number in numbers(app)[:-keep] if number not in used]
    for number in gone:
        remove(app, number)
    return gone


def previous(app: str) -> Optional[int]:
    """The release that was live before the one that is, None where there was none or it is gone. The slots do not say it:
    after a restart both point at the same one."""
    live, kept = slots.live_release(app), set(numbers(app))
    for deployment in reversed(journal.numbers(app)):
        record = journal.record(app, deployment, False)
        end = record["end"] if record else None
        if record and end and not record["switchedBack"] and end["outcome"] == "live" and end["release"] != live and end["release"] in kept:
            return int(end["release"])
    return None


def venvs_in_use(app: str) -> set[str]:
    """Keys of the venvs that releases and slots name."""
    named = (manifest(app, number) for number in numbers(app))
    return {one["venv"] for one in named if one} | {slots.venv_of(app, slot) for slot in paths.SLOTS}
