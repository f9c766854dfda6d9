"""Contents on their way into an app's objects. What is whole is kept also where the upload is cut, so that the next one
brings the rest; of a large content that was under way, the part that came is kept as part-<key> (fault F28)."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
import zlib
from hashlib import sha256
from typing import Any, Callable, Union

from . import files, locks, names, objects, parts, paths
from .failure import Failure

BLOCK = 1 << 20  # most bytes of a block, packed and unpacked
HEADER = 64 + 1 + 8 + 8
CHUNK = 1 << 18
COMMIT_SECONDS = 5.0  # what came before that is kept also where this process is killed
WRITING = 32 << 20  # so much of a large content is handed to the disk while more comes
START_WRITING = 2  # SYNC_FILE_RANGE_WRITE

Bytes = Union[bytes, memoryview]


def put(call: Any) -> dict[str, Any]:
    """Stores file contents. Arguments: app, bytes and files (how much will come, for the room on the disk). Body: blocks of
    "z" (zlib) or "r" (as it is), 4-byte big-endian length, bytes; in them records of 64 hex digits, "x" or "-", 8-byte size,
    8-byte offset (so much is here already, see releases.offer), the content from there on. Answers how many were new and
    their bytes. Errors: invalid (a content that is not its hash), conflict (the part that was here is damaged or gone),
    disk-full, limit. Broken off, it keeps what came, for a day."""
    app = names.app_name(call.arguments.get("app"))
    size = names.whole(call.arguments.get("bytes"), "bytes", 0, 1 << 42)
    count = names.whole(call.arguments.get("files"), "files", 0, names.FILES)
    objects.require_prepared()
    objects.check_room(paths.APPS, size, count)
    parts.prune_unborn()
    made = objects.make_layout(app)
    os.utime(paths.root(app))
    try:
        return store(app, call.body.read, size)
    except BaseException:
        born = os.path.exists(paths.applied(app)) or not made and locks.holder(paths.lock(app)) is not None
        if not born and not os.listdir(paths.objects(app)):
            files.remove_tree(paths.root(app))
        raise


def store(app: str, read: Callable[[int], Bytes], most: int) -> dict[str, Any]:
    """Reads records to their end and keeps what is new: all of it or, at an error of the sender or the disk, none of what is
    not yet durable; where it is cut, what is whole and a part."""
    parts.clear(app)
    upload = _Upload(app)
    try:
        upload.receive(_Blocks(read), most)
        upload.commit()
        return {"stored": upload.stored, "bytes": upload.bytes}
    except Failure as failure:
        if failure.problem == "cancelled":
            upload.keep()
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            upload.discard()
            raise objects.disk_full(paths.APPS, quota=error.errno == errno.EDQUOT) from None
        raise
    finally:
        upload.discard()


class _Blocks:
    """The body, unpacked, in pieces as they come: a large content is copied nowhere between the connection and its file."""

    def __init__(self, read: Callable[[int], Bytes]) -> None:
        self._read = read
        self._ready: memoryview = memoryview(b"")
        self._raw = 0  # bytes left of a block that is not packed

    def some(self, most: int) -> memoryview:
        """1 to `most` bytes, none at the proper end."""
        if not self._ready:
            self._ready = self._next()
        part, self._ready = self._ready[:most], self._ready[most:]
        return part

    def exactly(self, count: int, may_end: bool = False) -> Bytes:
        return _exactly(self.some, count, may_end)

    def _next(self) -> memoryview:
        if not self._raw:
            head = bytes(_exactly(self._read, 5, may_end=True))
            if not head:
                return memoryview(b"")
            length = int.from_bytes(head[1:], "big")
            if head[:1] not in (b"z", b"r") or not 0 < length <= BLOCK:
                raise _damaged()
            if head[:1] == b"z":
                return _unpacked(_exactly(self._read, length))
            self._raw = length
        part = memoryview(self._read(self._raw))
        if not part:
            raise _early()
        self._raw -= len(part)
        return part


def _exactly(read: Callable[[int], Bytes], count: int, may_end: bool = False) -> Bytes:
    part = read(count)
    if len(part) == count or may_end and not part:
        return part
    pieces = [part]
    while part and count > len(part):
        count -= len(part)
        part = read(count)
        pieces.append(part)
    if not part:
        raise _early()
    return b"".join(pieces)


def _unpacked(block: Bytes) -> memoryview:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(block, BLOCK)
    except zlib.error:
        raise _damaged() from None
    if not content or not unpacking.eof:
        raise _damaged()
    return memoryview(content)


def _early() -> Failure:
    return Failure("invalid", "the upload ended early")


def _damaged() -> Failure:
    return Failure("invalid", "the upload is damaged")


class _Upload:
    def __init__(self, app: str) -> None:
        self._app = app
        self._gid = objects.group(app)
        self._folder = f"{paths.objects(app)}/{objects.NEW}{os.getpid()}-{threading.get_ident()}"
        self._made = False
        self._whole: dict[str, str] = {}  # file in our folder -> its place
        self._under_way = ""
        self.stored = self.bytes = 0

    def receive(self, stream: _Blocks, most: int) -> None:
        total, committed = 0, time.monotonic()
        while head := bytes(stream.exactly(HEADER, may_end=True)):
            key = names.key(head[:64].decode("latin-1") + ("x" if head[64:65] == b"x" else ""))
            size, offset = int.from_bytes(head[65:73], "big"), int.from_bytes(head[73:], "big")
            if offset > size:
                raise _damaged()
            total += size - offset
            if total > most:
                raise Failure("limit", f"more than the announced {most} bytes came")
            self._take(stream, key, size, offset)
            if time.monotonic() - committed > COMMIT_SECONDS:
                self.commit()
                committed = time.monotonic()

    def _take(self, stream: _Blocks, key: str, size: int, offset: int) -> None:
        target, temporary = objects.path(self._app, key), f"{self._folder}/{key}"
        if temporary in self._whole or _exists(target, size):
            _receive(stream, key, size, offset, sha256(), None)
            return
        if not self._made:
            os.mkdir(self._folder, 0o700)
            self._made = True
        self._under_way = temporary
        descriptor, digest = self._resume(key, temporary, offset) if offset else (os.open(temporary, _CREATE, 0o600), sha256())
        try:
            _receive(stream, key, size, offset, digest, descriptor)
            os.fchown(descriptor, 0, self._gid)
            os.fchmod(descriptor, 0o550 if key.endswith("x") else 0o440)
        finally:
            os.close(descriptor)
        self._under_way = ""
        self._whole[temporary] = target
        self.stored += 1
        self.bytes += size

    def _resume(self, key: str, temporary: str, offset: int) -> tuple[int, Any]:
        """(descriptor, hash so far) of a file that holds the first `offset` bytes. A part is ours once it is renamed; that of
        an upload whose end nobody has noticed yet is copied, for it may still be written to."""
        digest = sha256()
        try:
            os.rename(f"{paths.objects(self._app)}/{parts.PART}{key}", temporary)
            own = True
        except FileNotFoundError:
            own = False
        descriptor = os.open(temporary, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW if own else _CREATE, 0o600)
        try:
            source = temporary if own else next((path for path, found in parts.found(self._app, key) if found >= offset and path != temporary), None)
            if source is None:
                raise _lost()
            with open(source, "rb", buffering=0) as file:
                left = offset
                while left:
                    part = file.read(min(left, CHUNK))
                    if not part:
                        raise _lost()
                    digest.update(part)
                    left -= len(part)
                    if not own:
                        _write(descriptor, part)
            os.ftruncate(descriptor, offset)
            os.lseek(descriptor, offset, os.SEEK_SET)
            return descriptor, digest
        except BaseException:
            os.close(descriptor)
            raise

    def commit(self) -> None:
        """Gives what is whole its names, once it is durable."""
        objects.make_durable(list(self._whole))
        for temporary, target in self._whole.items():
            try:
                os.rename(temporary, target)
            except FileNotFoundError:
                files.ensure_directory(os.path.dirname(target), 0o750, 0, self._gid)
                os.rename(temporary, target)
        self._whole = {}

    def keep(self) -> None:
        """It was cut: keeps what is whole, and the part of the content that was under way."""
        self.commit()
        if self._under_way:
            parts.keep(self._app, self._under_way)
        parts.bound(self._app)

    def discard(self) -> None:
        if self._made:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._made = False


_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def _lost() -> Failure:
    return Failure("conflict", "a part that had arrived before is gone from the server", hint="Deploy again.")


def _receive(stream: _Blocks, key: str, size: int, offset: int, digest: Any, descriptor: Any) -> None:
    """The rest of a content, checked against its key; a descriptor of None drops it."""
    left, begun = size - offset, offset
    while left:
        part = stream.some(min(left, CHUNK))
        if not part:
            raise _early()
        digest.update(part)
        left -= len(part)
        if descriptor is not None:
            _write(descriptor, part)
            if size - left - begun >= WRITING:
                _start_writing(descriptor, begun, size - left - begun)
                begun = size - left
    if digest.hexdigest() == key[:64] or descriptor is None and offset:
        return
    if offset:
        raise Failure("conflict", "the part of a content that had arrived before was damaged, and was removed", hint="Deploy again.")
    raise Failure("invalid", f"a content is not what its hash {key[:12]} says", hint="Did a file change while it was uploaded? Try again.")


def _write(descriptor: int, part: Bytes) -> None:
    while part:
        part = part[os.write(descriptor, part) :]


def _start_writing(descriptor: int, at: int, count: int) -> None:
    """Has the disk begin; without it all of a large content would be waited for at its end."""
    import ctypes  # rarely needed, and it takes 5 ms

    ctypes.CDLL(None).sync_file_range(descriptor, ctypes.c_int64(at), ctypes.c_int64(count), START_WRITING)


def _exists(target: str, size: int) -> bool:
    try:
        return os.lstat(target).st_size == size
    except OSError:
        return False
