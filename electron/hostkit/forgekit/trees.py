"""Whether a release's tree is still what was sealed (fault F48): told by size and by being the very file of the objects,
so that 300 files take a few milliseconds; a content is read only where somebody may have written into it."""

from __future__ import annotations

import os
import shutil
import stat
from hashlib import sha256
from typing import Optional

from . import objects, paths, releases
from .failure import Failure

NAMED = 3  # files that a message names


def differences(app: str, number: int, entries: list[releases.Entry], tag: str) -> list[str]:
    """Paths that are missing, changed or more than was sealed, sorted."""
    tree, sealed = paths.release(app, number), _sealed_at(app, number)
    wanted = {name: (key, size) for name, key, size in entries}
    wrong = {name for name, (key, size) in wanted.items() if not _same(f"{tree}/{name}", objects.path(app, key), key, size, sealed)}
    for place, folders, names in os.walk(tree):
        inside = place[len(tree) + 1 :]
        for name in names + [name for name in folders if os.path.islink(f"{place}/{name}")]:
            path = f"{inside}/{name}" if inside else name
            if path not in wanted and not _is_bytecode(app, f"{place}/{name}", path, wanted, tag):
                wrong.add(path)
    return sorted(wrong)


def require_contents(app: str, number: int, entries: list[releases.Entry], wrong: list[str]) -> None:
    """Failure('conflict') where a content to make the release of again is lost, too; reads all of them."""
    lost = [name for name, key, _ in entries if _hash(objects.path(app, key)) != key[:64]]
    if lost:
        raise Failure(
            "conflict",
            f"release {number} was changed on the server and cannot be made again: {listed(lost)}",
            hint="Roll back to another release, or deploy that version of the folder.",
            facts={"changed": wrong[:100], "lost": lost[:100]},
        )


def discard(app: str, number: int) -> None:
    """Removes the tree, not its manifest, under a name that the next deployment clears should this be cut."""
    tree = paths.release(app, number)
    aside = tree + ".changed"
    shutil.rmtree(aside, ignore_errors=True)
    if os.path.isdir(tree):
        os.rename(tree, aside)
        shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(tree + releases.PARTIAL, ignore_errors=True)


def listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _same(path: str, content: str, key: str, size: int, sealed: float) -> bool:
    found = _look(path)
    if found is None or not stat.S_ISREG(found.st_mode) or found.st_size != size or bool(found.st_mode & 0o100) != key.endswith("x"):
        return False
    kept = _look(content)
    linked = kept is not None and (kept.st_dev, kept.st_ino) == (found.st_dev, found.st_ino)
    # Contents are written before their release is sealed: a later moment of change is a hand's, in a file that is shared.
    return linked and found.st_mtime <= sealed or _hash(path) == key[:64]


def _is_bytecode(app: str, path: str, name: str, wanted: dict[str, tuple[str, int]], tag: str) -> bool:
    """Ours for a source of the release: python would run any other in that place as well."""
    folder, _, file = name.rpartition("/")
    if not (folder == "__pycache__" or folder.endswith("/__pycache__")) or not file.endswith(f".{tag}.pyc"):
        return False
    above = folder[: -len("__pycache__")]
    source = wanted.get(f"{above}{file[: -len(tag) - 5]}.py")
    found, kept = _look(path), _look(objects.bytecode_path(app, source[0], tag)) if source else None
    return found is not None and kept is not None and (found.st_dev, found.st_ino) == (kept.st_dev, kept.st_ino)


def _look(path: str) -> Optional[os.stat_result]:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _sealed_at(app: str, number: int) -> float:
    found = _look(releases.manifest_path(app, number))
    return found.st_mtime if found else 0.0


def _hash(path: str) -> str:
    whole = sha256()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                whole.update(part)
    except OSError:
        return ""
    return whole.hexdigest()
