"""An app's files by content: objects/<2 hex>/<rest>, with x at the end where executable. Root-owned and read-only, so that
releases can share them by hard links and the app cannot change them."""

from __future__ import annotations

import errno
import os
import threading
import time
import zlib
from hashlib import sha256
from typing import Any, Callable, Iterable, Optional

from . import files, locks, names, paths
from .failure import Failure

CHUNK = 1 << 18
HEADER = 64 + 1 + 8
FEW = 16  # up to so many new files each is synced by itself; one sync of the disk is quicker above (34 against 102 ms for 300)
UNUSED_SECONDS = 86400.0
NEW = "new-"  # temporary files: new-<pid>-<count>


def path(app: str, key: str) -> str:
    return f"{paths.objects(app)}/{key[:2]}/{key[2:]}"


def bytecode_path(app: str, key: str, tag: str) -> str:
    """Compiled source: by the source's content and the interpreter."""
    return f"{paths.objects(app)}/{key[:2]}/{key[2:64]}.{tag}.pyc"


def missing(app: str, entries: Iterable[tuple[str, str, int]]) -> list[str]:
    """Keys that are not there, each once, in order. A file of another size than announced counts as missing."""
    found: dict[str, bool] = {}
    base = paths.objects(app)
    for _, key, size in entries:
        if key not in found:
            try:
                found[key] = os.stat(f"{base}/{key[:2]}/{key[2:]}").st_size == size
            except OSError:
                found[key] = False
    return [key for key, there in found.items() if not there]


def put(call: Any) -> dict[str, Any]:
    """Stores file contents. Arguments: app, bytes and files (how much will come, for the room on the disk). Body: zlib
    stream of records of 64 hex digits, "x" or "-", 8-byte big-endian size, content. Answers how many were new and their
    bytes. Errors: invalid (a content that is not its hash), disk-full, limit. Broken off, it leaves nothing behind."""
    app = names.app_name(call.arguments.get("app"))
    size = names.whole(call.arguments.get("bytes"), "bytes", 0, 1 << 42)
    count = names.whole(call.arguments.get("files"), "files", 0, names.FILES)
    require_prepared()
    check_room(paths.APPS, size, count)
    made = make_layout(app)
    try:
        return store(app, call.body.read, size)
    except BaseException:
        if made or (not os.path.exists(paths.applied(app)) and locks.holder(paths.lock(app)) is None):
            files.remove_tree(paths.root(app))
        raise


def require_prepared() -> None:
    if not os.path.exists(paths.FORMAT_FILE):
        raise Failure("not-prepared", "this server has not been prepared for ForgeBoard", hint="Run prepare first.")


def make_layout(app: str) -> bool:
    """The app's folders, root's own until its user is made; True if the app had none."""
    files.ensure_directory(paths.APPS, 0o711)
    made = not os.path.isdir(paths.root(app))
    files.ensure_directory(paths.root(app), 0o711)
    for folder in (paths.objects(app), paths.releases(app), paths.venvs(app), paths.slots(app)):
        if not os.path.isdir(folder):
            files.ensure_directory(folder, 0o750, 0, group(app))
    return made


def group(app: str) -> int:
    """The app's group, root's while the app has none."""
    import grp

    try:
        return grp.getgrnam(paths.user(app)).gr_gid
    except KeyError:
        return 0


def adopt(app: str, gid: int) -> None:
    """Gives what was uploaded before the app had a group to that group."""
    for folder, _, entries in os.walk(paths.objects(app)):
        os.chown(folder, 0, gid)
        for entry in entries:
            os.chown(f"{folder}/{entry}", 0, gid, follow_symlinks=False)


def check_room(at: str, size: int, count: int) -> None:
    """Failure('disk-full') where `size` bytes in `count` files and 10 % more do not fit on the disk of a path."""
    found = os.statvfs(at)
    needed, free = int(size * 1.1) + count * 512, found.f_bavail * found.f_frsize
    if needed > free:
        raise disk_full(at, needed)
    if found.f_files and count * 1.1 > found.f_favail:
        raise Failure("disk-full", f"{mount(at)} has room for {found.f_favail} more files, {count} are needed", facts={"mount": mount(at), "needed": count, "free": found.f_favail, "unit": "inodes"})


def disk_full(at: str, needed: Optional[int] = None) -> Failure:
    found = os.statvfs(at)
    free = found.f_bavail * found.f_frsize
    facts: dict[str, Any] = {"mount": mount(at), "free": free}
    words = f"{mount(at)} is full: {free >> 20} MB are free"
    if needed is not None:
        facts["needed"] = needed
        words += f", {(needed >> 20) + 1} MB are needed"
    return Failure("disk-full", words, hint="Free some room on the server and try again.", facts=facts)


def mount(at: str) -> str:
    """The mount point of a path."""
    at = os.path.realpath(at)
    while not os.path.ismount(at):
        at = os.path.dirname(at)
    return at


def store(app: str, read: Callable[[int], bytes], most: int) -> dict[str, Any]:
    """Reads records to their end and keeps what is new; either all of it or, at any error, none."""
    stream = _Inflated(read)
    base, gid = paths.objects(app), group(app)
    _clear(base)
    new: list[tuple[str, str]] = []
    total = 0
    try:
        while True:
            head = stream.take(HEADER, may_end=True)
            if not head:
                break
            key = names.key(head[:64].decode("latin-1") + ("x" if head[64:65] == b"x" else ""))
            size = int.from_bytes(head[65:], "big")
            total += size
            if total > most:
                raise Failure("limit", f"more than the announced {most} bytes came")
            temporary = f"{base}/{NEW}{os.getpid()}-{threading.get_ident()}-{len(new)}"
            target = path(app, key)
            if _exists(target, size):
                _receive(stream, key, size, None)
                continue
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            new.append((temporary, target))
            try:
                _receive(stream, key, size, descriptor)
                os.fchown(descriptor, 0, gid)
                os.fchmod(descriptor, 0o550 if key.endswith("x") else 0o440)
            finally:
                os.close(descriptor)
        make_durable([temporary for temporary, _ in new])
        written = sum(os.lstat(temporary).st_size for temporary, _ in new)
        for temporary, target in new:
            _rename(temporary, target, gid)
        return {"stored": len(new), "bytes": written}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _forget(new)
            raise disk_full(paths.APPS) from None
        raise
    finally:
        _forget(new)


class _Inflated:
    """The body, unpacked in bounded pieces."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._zlib = zlib.decompressobj()
        self._ready = b""
        self._started = False

    def take(self, count: int, may_end: bool = False) -> bytes:
        """Exactly `count` bytes, or b"" at the stream's proper end if it may end here."""
        while len(self._ready) < count:
            more = self._more(max(count - len(self._ready), 4096))
            if not more:
                if may_end and not self._ready and (self._zlib.eof or not self._started):
                    return b""
                raise Failure("invalid", "the upload ended early")
            self._ready += more
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    def _more(self, most: int) -> bytes:
        while not self._zlib.eof:
            packed = self._zlib.unconsumed_tail or self._read(CHUNK)
            if not packed:
                return b""
            self._started = True
            try:
                unpacked = self._zlib.decompress(packed, most)
            except zlib.error:
                raise Failure("invalid", "the upload is damaged") from None
            if unpacked:
                return unpacked
        return b""


def _receive(stream: _Inflated, key: str, size: int, descriptor: Optional[int]) -> None:
    digest, left = sha256(), size
    while left:
        part = stream.take(min(left, CHUNK))
        digest.update(part)
        left -= len(part)
        while descriptor is not None and part:
            part = part[os.write(descriptor, part) :]
    if digest.hexdigest() != key[:64]:
        raise Failure("invalid", f"a content is not what its hash {key[:12]} says", hint="Did a file change while it was uploaded? Try again.")


def _exists(target: str, size: int) -> bool:
    try:
        return os.lstat(target).st_size == size
    except OSError:
        return False


def make_durable(temporaries: list[str]) -> None:
    """Contents reach the disk before their names do."""
    if len(temporaries) > FEW:
        os.sync()
        return
    for temporary in temporaries:
        descriptor = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)


def _rename(temporary: str, target: str, gid: int) -> None:
    try:
        os.rename(temporary, target)
    except FileNotFoundError:
        files.ensure_directory(os.path.dirname(target), 0o750, 0, gid)
        os.rename(temporary, target)


def _forget(new: list[tuple[str, str]]) -> None:
    for temporary, _ in new:
        try:
            os.unlink(temporary)
        except FileNotFoundError:
            pass


def prune(app: str) -> int:
    """Removes contents that no release has had for a day; gives how many. What a deployment uploads meanwhile is newer."""
    base, before, gone = paths.objects(app), time.time() - UNUSED_SECONDS, 0
    for folder in os.listdir(base):
        if len(folder) != 2:
            continue
        for entry in os.scandir(f"{base}/{folder}"):
            found = entry.stat(follow_symlinks=False)
            if found.st_nlink == 1 and found.st_ctime < before:
                os.unlink(entry.path)
                gone += 1
    return gone


def _clear(base: str) -> None:
    """Removes what writers that were killed left behind."""
    for entry in os.listdir(base):
        if entry.startswith(NEW) and not os.path.exists(f"/proc/{entry.split('-')[1]}"):
            os.unlink(f"{base}/{entry}")
