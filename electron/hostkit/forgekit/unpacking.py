"""Reading the archive of an app (archives.py) by rules of our own: regular files, folders and links only, each below its
place, no link followed and none made before everything else is there, no set-id bits, no more than was announced.
Debian 12's tarfile has no filters, and those of later ones were got round (design/reliability.md, C5)."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import Any, Callable, Optional

from . import archives, files, names, objects, paths, versions
from .failure import Failure
from .packing import CHUNK, DEPTH
from .releases import Entry

PART_BYTES = 255
UNTOUCHED = "Nothing was put back."
SLACK = 64 << 20  # bytes that may come besides what was measured: a file may have grown meanwhile


def put_back(name: str, app: str, entries: list[Entry], uid: int, gid: int) -> str:
    """Puts contents, variables and data of an archive in their places; says in words what came. Failure('config-invalid')
    where it is damaged or lacks a file of the release."""
    done = unpack(name, app, uid, gid, archives.about(name))
    lacking = objects.missing(app, entries)
    if lacking:
        raise Failure("config-invalid", f"{len(lacking)} files of the release are not in the archive", hint=UNTOUCHED)
    words = f"{done.files} files of data"
    if done.left:
        words += f"; left out, for they lead out of the data: {', '.join(names.shown(path) for path in done.left[:10])}"
    return words


class Unpacked:
    """What came out."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.left: list[str] = []  # links that lead out of the data


def unpack(name: str, app: str, uid: int, gid: int, about: dict[str, Any]) -> Unpacked:
    """Fills the app's objects, variables and data from an archive; its folders and its user must be there. All is read,
    so that a damaged archive is found out. Failure('config-invalid') where it breaks a rule."""
    import gzip
    import tarfile
    import zlib

    reader = _Reader(app, uid, gid, int(about["bytes"]) + int(about["bytes"]) // 10 + SLACK)
    try:
        with gzip.open(archives.path(name)) as packed:
            with tarfile.open(fileobj=packed, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
                for member in archive:
                    reader.take(archive, member)
                    archive.members = []  # else it remembers every one
            while packed.read(CHUNK):  # to its checksum
                pass
        reader.links()
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, FileExistsError, NotADirectoryError) as error:
        raise Failure("config-invalid", f"{archives.path(name)} is damaged: {error}", hint=UNTOUCHED) from None
    finally:
        reader.close()
    os.sync()
    return reader.done


class _Reader:
    def __init__(self, app: str, uid: int, gid: int, most: int) -> None:
        self.app, self.uid, self.gid = app, uid, gid
        self.done = Unpacked()
        self._room = most
        self._links: list[tuple[str, str, int, int]] = []
        self._data = files.open_directory(paths.data(app))
        self._ids: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        os.close(self._data)

    def take(self, archive: Any, member: Any) -> None:
        top, _, rest = member.name.partition("/")
        content = archive.extractfile(member) if member.isreg() else None
        if member.name == archives.ABOUT and content:
            return
        if top == "variables" and content and re.fullmatch(rf"[1-9][0-9]{{0,8}}|{versions.LAST}", rest):
            self._variables(rest, content.read(16 << 20))
        elif top == "objects" and content:
            self._object(names.key(rest), content)
        elif member.name == "data" and member.isdir():
            os.chmod(self._data, member.mode & 0o777)
        elif top == "data" and rest and (content or member.isdir() or member.issym()):
            self._entry(rest, member, content)
        else:
            raise Failure("config-invalid", f"the archive holds {names.shown(member.name)}, which has no place in it", hint=UNTOUCHED)

    def _variables(self, version: str, content: bytes) -> None:
        for folder in (paths.configuration(self.app), paths.variables(self.app)):
            files.ensure_directory(folder, 0o700)
        files.write_atomic(f"{paths.variables(self.app)}/{version}", content, 0o600)

    def _object(self, key: str, content: Any) -> None:
        at = objects.path(self.app, key)
        files.ensure_directory(os.path.dirname(at), 0o750, 0, self.gid)
        descriptor = os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            digest = sha256()
            self._copy(content, descriptor, digest.update)
            if digest.hexdigest() != key[:64]:
                raise Failure("config-invalid", f"a content in the archive is not what its hash {key[:12]} says", hint=UNTOUCHED)
            os.fchown(descriptor, 0, self.gid)
            os.fchmod(descriptor, 0o550 if key.endswith("x") else 0o440)
        finally:
            os.close(descriptor)

    def _entry(self, path: str, member: Any, content: Any) -> None:
        parts = path.split("/")
        if any(part in ("", ".", "..") or "\0" in part or len(os.fsencode(part)) > PART_BYTES for part in parts) or len(parts) > DEPTH + 1:
            raise Failure("config-invalid", f"the archive holds the path {names.shown(path)}", hint=UNTOUCHED)
        uid, gid = self._owner("user", member.uname, self.uid), self._owner("group", member.gname, self.gid)
        if member.issym():
            self._links.append((path, member.linkname, uid, gid))
            return
        folder = self._folder(parts[:-1])
        try:
            if member.isdir():
                os.mkdir(parts[-1], 0o700, dir_fd=folder)
                descriptor = files.open_directory(parts[-1], beneath=folder)
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                descriptor = os.open(parts[-1], flags, 0o600, dir_fd=folder)
            try:
                if content:
                    self._copy(content, descriptor)
                os.fchown(descriptor, uid, gid)
                os.fchmod(descriptor, member.mode & 0o777)
                if content:
                    os.utime(descriptor, (member.mtime, member.mtime))
            finally:
                os.close(descriptor)
        finally:
            os.close(folder)
        self.done.files += 1

    def links(self) -> None:
        """Last, so that nothing can be written through one."""
        for path, target, uid, gid in self._links:
            parts = path.split("/")
            if not self._inside(parts, target):
                self.done.left.append(path)
                continue
            folder = self._folder(parts[:-1])
            try:
                os.symlink(target, parts[-1], dir_fd=folder)
                os.chown(parts[-1], uid, gid, dir_fd=folder, follow_symlinks=False)
            finally:
                os.close(folder)
            self.done.files += 1

    def _inside(self, parts: list[str], target: str) -> bool:
        data = paths.data(self.app)
        whole = os.path.normpath(target if target.startswith("/") else "/".join([data, *parts[:-1], target]))
        return "\0" not in target and (whole == data or whole.startswith(data + "/"))

    def _folder(self, parts: list[str]) -> int:
        return files.open_directory("/".join(parts), beneath=self._data)

    def _copy(self, content: Any, descriptor: int, seen: Optional[Callable[[bytes], Any]] = None) -> None:
        size, zeros = 0, bytes(CHUNK)
        while part := content.read(CHUNK):
            size += len(part)
            if seen:
                seen(part)
            if part == zeros:
                os.lseek(descriptor, size, os.SEEK_SET)  # what had holes has them again
                continue
            self._room -= len(part)
            if self._room < 0:
                raise Failure("limit", "the archive holds more than it announced", hint=UNTOUCHED)
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        os.ftruncate(descriptor, size)
        self.done.bytes += size

    def _owner(self, kind: str, name: str, own: int) -> int:
        """Who had it, by name; the app itself where there is nobody of that name any more."""
        import grp
        import pwd

        if (kind, name) not in self._ids:
            try:
                self._ids[kind, name] = own if not name else pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
            except KeyError:
                self._ids[kind, name] = own
        return self._ids[kind, name]
