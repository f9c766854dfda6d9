"""What people want done around a deployment: build (in the release before it is sealed), before (migrations and the like)
and after. Each is a list of words; systemd puts the app's variables in where they are named."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from hashlib import sha256
from typing import Any, Callable, Iterator

from . import confined, files, objects, paths, releases, venvs
from .failure import Failure

SUFFIX = ".building"  # beside the releases: cleared by the next deployment where this one is cut


def run(app: str, name: str, commands: list[list[str]], release: str, venv: str, spec: dict[str, Any], variables: str, output: Callable[[str], None]) -> None:
    """Runs them one after another, in the release as the app's user, with its variables. Failure('build-failed') at the
    first that fails, with its last line."""
    data = paths.data(app)
    writable = [release] if name == "build" else [data]
    readable = [venv] if name == "build" else [venv, release]
    # A build sees no variables: what it makes is shared by whoever reads the release.
    files_of = [variables] if variables and name != "build" else []
    folder = release if spec["root"] == "." else f"{release}/{spec['root']}"
    place = confined.Place(paths.user(app), folder, paths.APPS, readable, writable, files_of)
    environment = [f"HOME={data if name != 'build' else '/tmp'}", f"DATA_DIR={data}", "LANG=C.UTF-8", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", f"PATH={venv}/bin:/usr/local/bin:/usr/bin:/bin"]
    for words in commands:
        output(f"$ {' '.join(words)}\n")
        status, lines = confined.run(app, place, ["/usr/bin/env", *environment, *words], output)
        if status:
            reason = lines[-1].strip()[:300] if lines else f"exit status {status}"
            raise Failure("build-failed", f"{name}: {words[0]} failed: {reason}", facts={"log": lines[-50:], "exitCode": status, "command": words})


def build(app: str, number: int, entries: list[releases.Entry], commands: list[list[str]], plan: venvs.Plan, spec: dict[str, Any], owner: tuple[int, int], output: Callable[[str], None]) -> list[releases.Entry]:
    """Runs the build in a private copy of the release and gives the files that it then consists of, which are objects like
    all others: so a release that was built is kept, compared and made again as any other."""
    uid, gid = owner
    copy = paths.release(app, number) + SUFFIX
    shutil.rmtree(copy, ignore_errors=True)
    try:
        _copy(app, entries, copy, uid, gid)
        run(app, "build", commands, copy, venvs.folder(app, plan.key), spec, "", output)
        return _absorb(app, copy, gid)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


@contextlib.contextmanager
def readable(app: str, number: int, entries: list[releases.Entry], spec: dict[str, Any], uid: int, gid: int) -> Iterator[str]:
    """A tree of the release that the app's user may read: the release itself, or a private copy of that of a static site,
    which nginx alone reads."""
    if spec["type"] != "static":
        yield paths.release(app, number)
        return
    copy = paths.release(app, number) + SUFFIX
    shutil.rmtree(copy, ignore_errors=True)
    try:
        _copy(app, entries, copy, uid, gid)
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _copy(app: str, entries: list[releases.Entry], copy: str, uid: int, gid: int) -> None:
    os.mkdir(copy, 0o750)
    os.chown(copy, uid, gid)
    for name, key, _ in entries:
        folder = copy
        for part in name.split("/")[:-1]:
            folder = f"{folder}/{part}"
            if not os.path.isdir(folder):
                os.mkdir(folder, 0o750)
                os.chown(folder, uid, gid)
        shutil.copyfile(objects.path(app, key), f"{copy}/{name}")
        os.chown(f"{copy}/{name}", uid, gid)
        os.chmod(f"{copy}/{name}", 0o750 if key.endswith("x") else 0o640)


def _absorb(app: str, copy: str, gid: int) -> list[releases.Entry]:
    """Takes the files in as objects. The unit is over and all its processes with it, so nobody of the app's is left to swap
    a file; only regular files and folders are taken."""
    found: list[releases.Entry] = []
    new: list[tuple[str, str]] = []
    for place, folders, entries in os.walk(copy):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in entries + [name for name in folders if os.path.islink(f"{place}/{name}")]:
            path = f"{place}/{name}"
            inside = path[len(copy) + 1 :]
            state = os.lstat(path)
            if not stat.S_ISREG(state.st_mode):
                raise Failure("build-failed", f"the build made {inside}, which is not a file", hint="Links, pipes and devices cannot be part of a release.")
            key = _key(path, bool(state.st_mode & 0o100))
            target = objects.path(app, key)
            if not os.path.exists(target):
                os.chown(path, 0, gid)
                os.chmod(path, 0o550 if key.endswith("x") else 0o440)
                files.ensure_directory(os.path.dirname(target), 0o750, 0, gid)
                os.link(path, target)
                new.append((path, target))
            found.append((inside, key, state.st_size))
    objects.make_durable([target for _, target in new])
    return sorted(found)


def _key(path: str, executable: bool) -> str:
    whole = sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            whole.update(part)
    return whole.hexdigest() + ("x" if executable else "")
