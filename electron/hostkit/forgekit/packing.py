"""Writing the archive of an app (archives.py): streamed, durable before it has its name. The app is stopped meanwhile, so
that what it wrote belongs together."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from typing import Any, Callable, Iterator, NamedTuple, Optional

from . import archives, configure, files, journal, objects, paths, releases, slots, versions
from .failure import Failure

DEPTH = 200  # folders in folders
CHUNK = 1 << 18
LEVEL = 1  # of gzip: 1 GB in seconds, not minutes


class Entry(NamedTuple):
    path: str  # below data/
    folder: int  # descriptor of the folder it lies in
    name: str
    found: os.stat_result


class Size(NamedTuple):
    files: int
    bytes: int  # as they lie on the disk: holes are not counted


def measure(app: str) -> Size:
    """What the archive of an app will hold; compressed it is smaller."""
    count, size = 0, 0
    for entry in _walk(paths.data(app)):
        count += 1
        size += min(entry.found.st_size, entry.found.st_blocks * 512) if stat.S_ISREG(entry.found.st_mode) else 512
    for _, _, length in _kept(app):
        count, size = count + 1, size + length
    return Size(count, size)


def check_room(size: Size) -> None:
    """Failure('disk-full') where the archive may not fit: mount, needed and free bytes are among its facts."""
    try:
        objects.check_room(paths.STATE, size.bytes + (1 << 20), 1)
    except Failure as failure:
        kept = archives.total()
        # Nothing that can still be put back goes by itself before its time.
        older = f"Archives of apps removed before hold {kept / 1e6:.1f} MB: see apps removed, and apps purge. " if kept else ""
        hint = f"{older}Free some room on the server, or remove the app without keeping an archive: --no-archive."
        raise Failure(failure.problem, failure.message, hint=hint, facts=failure.facts) from None


def write(app: str, actor: str, entry: Optional[str], size: Size, check: Callable[[], None]) -> str:
    """Writes the archive; gives its name. entry: the app's text in apps.yml. check: called often, raises to end it."""
    import gzip
    import tarfile

    name = archives.new_name(app)
    temporary = archives.path(f".{name}.{threading.get_ident()}.{os.getpid()}{files.SUFFIX}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed:
                with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape", copybufsize=CHUNK) as archive:
                    _Writer(archive, check).all(app, _about(app, actor, entry, size))
            raw.flush()
            os.fsync(raw.fileno())
        os.rename(temporary, archives.path(name))
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError) and error.errno == 28:
            raise objects.disk_full(paths.STATE, size.bytes) from None
        raise
    files.sync_directory(paths.REMOVED)
    return name


def _about(app: str, actor: str, entry: Optional[str], size: Size) -> dict[str, Any]:
    manifest = releases.live_manifest(app)
    return {
        "format": archives.FORMAT,
        "app": app,
        "at": time.time(),
        "actor": actor,
        "release": slots.live_release(app),
        "number": max(journal.numbers(app) + releases.numbers(app), default=0),
        "files": size.files,
        "bytes": size.bytes,
        "applied": configure.applied(app),
        "entry": entry,
        "manifest": manifest,
    }


def _kept(app: str) -> list[tuple[str, str, int]]:
    """The live release's files, each content once: key, where it lies, size."""
    manifest = releases.live_manifest(app)
    if not manifest:
        return []
    tree = paths.release(app, manifest["release"])
    # A content that was lost from the objects still lies in the release itself: both are links of one file.
    at = {key: (objects.path(app, key), f"{tree}/{name}", size) for name, key, size in manifest["list"]}
    return [(key, stored if os.path.exists(stored) else in_tree, size) for key, (stored, in_tree, size) in at.items()]


class _Writer:
    def __init__(self, archive: Any, check: Callable[[], None]) -> None:
        self._archive = archive
        self._check = check
        self._names: dict[tuple[str, int], str] = {}

    def all(self, app: str, about: dict[str, Any]) -> None:
        self._text(archives.ABOUT, json.dumps(about, separators=(",", ":")).encode())
        folder = paths.variables(app)
        for entry in sorted(_listed(folder)):
            if entry.isdigit() or entry == versions.LAST:
                self._text(f"variables/{entry}", files.read_bytes(f"{folder}/{entry}") or b"")
        for key, at, size in _kept(app):
            self._file(f"objects/{key}", at, size)
        for found in _walk(paths.data(app)):
            self._data(found)

    def _data(self, entry: Entry) -> None:
        import tarfile

        mode = entry.found.st_mode
        info = tarfile.TarInfo(f"data/{entry.path}" if entry.path else "data")
        info.mode, info.mtime = stat.S_IMODE(mode) & 0o777, int(entry.found.st_mtime)
        info.uid, info.gid = entry.found.st_uid, entry.found.st_gid
        info.uname, info.gname = self._name("user", info.uid), self._name("group", info.gid)
        if stat.S_ISDIR(mode):
            info.type = tarfile.DIRTYPE
            self._archive.addfile(info)
        elif stat.S_ISLNK(mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(entry.name, dir_fd=entry.folder)
            self._archive.addfile(info)
        elif stat.S_ISREG(mode):
            descriptor = os.open(entry.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=entry.folder)
            with open(descriptor, "rb") as file:
                info.size = os.fstat(descriptor).st_size
                self._archive.addfile(info, _Exactly(file, self._check))
        # Sockets, pipes and devices belong to a process that runs; nothing of them can be kept.

    def _text(self, name: str, content: bytes) -> None:
        import io
        import tarfile

        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(content), 0o600, int(time.time())
        self._archive.addfile(info, io.BytesIO(content))

    def _file(self, name: str, at: str, size: int) -> None:
        import tarfile

        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        with open(at, "rb") as file:
            self._archive.addfile(info, _Exactly(file, self._check))

    def _name(self, kind: str, number: int) -> str:
        """Names outlive numbers: a user that is made anew may get another number."""
        import grp
        import pwd

        if (kind, number) not in self._names:
            try:
                self._names[kind, number] = pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
            except KeyError:
                self._names[kind, number] = ""
        return self._names[kind, number]


class _Exactly:
    """A file that gives as many bytes as it is asked for, zeros where it became shorter meanwhile."""

    def __init__(self, file: Any, check: Callable[[], None]) -> None:
        self._file = file
        self._check = check

    def read(self, count: int) -> bytes:
        self._check()
        part = bytes(self._file.read(count))
        return part + bytes(count - len(part))


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _walk(top: str) -> Iterator[Entry]:
    """All below a folder, and itself first; a folder before what is in it. Follows no link."""
    try:
        descriptor = files.open_directory(top)
    except FileNotFoundError:
        return
    try:
        yield Entry("", descriptor, "", os.fstat(descriptor))
        yield from _below(descriptor, "", 1)
    finally:
        os.close(descriptor)


def _below(folder: int, prefix: str, depth: int) -> Iterator[Entry]:
    if depth > DEPTH:
        raise Failure("limit", f"the data holds folders in folders, more than {DEPTH} deep", hint="Make it flatter, or remove the app without keeping an archive: --no-archive.")
    for name in sorted(os.listdir(folder)):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        yield Entry(prefix + name, folder, name, found)
        if stat.S_ISDIR(found.st_mode):
            descriptor = files.open_directory(name, beneath=folder)
            try:
                yield from _below(descriptor, f"{prefix}{name}/", depth + 1)
            finally:
                os.close(descriptor)
