"""nginx's log files as sources of lines, across rotation. A place is [[inode, head, offset, at]...]: of each file that is still
written to, a checksum of its beginning (an inode is used again, and a compressed file has another), how far it was read, and
the time of the last line. The name of a file says nothing: rotation gives it to another."""

from __future__ import annotations

import gzip
import os
import re
import stat
import tempfile
import time
import zlib
from typing import Any, Callable, Iterator

from . import inotify
from .failure import Failure
from .logfilter import Wanted
from .logpages import BYTES, Item, Page

PIECE = 256 << 10
HEAD = 256  # bytes that a file is recognised by
LONGEST = 1 << 20  # bytes of a line; a longer one is cut
UNPACKED = 1 << 30  # bytes of a compressed file that are looked at
ROUND = 2 << 20  # bytes that are read before others get their turn
_ROTATED = re.compile(r"(\.\d{1,4}|-\d{8,14})(\.gz)?")

Parse = Callable[[str], dict[str, Any]]


class _File:
    """One file of the chain, open; what is compressed lies unpacked in a file without a name."""

    def __init__(self, path: str) -> None:
        # No link: who may write to the folder of a log must not choose what is read of the host.
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        found = os.fstat(self.descriptor)
        self.inode, self.changed = found.st_ino, int(found.st_mtime * 1000)
        self.offset, self.at, self.rest, self.last = 0, 0, b"", b""
        if not stat.S_ISREG(found.st_mode):
            os.close(self.descriptor)
            raise OSError(f"{path} is no file")
        if path.endswith(".gz"):
            self.descriptor = _unpacked(self.descriptor)

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def is_at(self, inode: int, head: str, offset: int) -> bool:
        """Whether this is the file of that place."""
        if self.size < offset:
            return False
        return self.head(offset) == head if offset else self.inode == inode

    def head(self, offset: int) -> str:
        return "%08x" % zlib.crc32(os.pread(self.descriptor, min(HEAD, offset), 0))

    def place(self) -> list[Any]:
        return [self.inode, self.head(self.offset), self.offset, self.at]

    def backward(self, end: int) -> Iterator[tuple[int, bytes, int]]:
        """(start, line, end) of the whole lines before an offset, newest first."""
        rest, at = b"", end
        while at > 0:
            start = max(0, at - PIECE)
            content = os.pread(self.descriptor, at - start, start) + rest
            cut = 0 if start == 0 else content.find(b"\n") + 1
            if start and not cut and len(content) < LONGEST:
                rest, at = content, start
                continue
            stop = len(content)
            lines = content[cut:].split(b"\n")
            for number in range(len(lines) - 1, -1, -1):
                begin = stop - len(lines[number])
                # What follows the last line break is a line that is not whole yet.
                if number < len(lines) - 1:
                    yield start + begin, lines[number], start + stop + 1
                stop = begin - 1
            rest, at = content[:cut], start
            if at == 0:
                return

    def close(self) -> None:
        os.close(self.descriptor)


def _unpacked(descriptor: int) -> int:
    with tempfile.TemporaryFile(dir="/var/tmp") as unpacked:
        try:
            with os.fdopen(descriptor, "rb") as packed, gzip.GzipFile(fileobj=packed) as content:
                while unpacked.tell() < UNPACKED and (part := content.read(1 << 20)):
                    unpacked.write(part)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            pass  # it is being written, or damaged: what could be read counts
        unpacked.flush()
        return os.dup(unpacked.fileno())


class Log:
    """path: of the log that is written. parse: a line as a logLine."""

    def __init__(self, call: Any, wanted: Wanted, path: str, parse: Parse) -> None:
        self._call = call
        self._wanted = wanted
        self._path = path
        self._parse = parse
        self._open: list[_File] = []  # oldest first: the one before is written to for a moment after a rotation
        self._from = 0  # time before which lines are known, where a place is not found any more
        self._watch = -1
        self.behind = False  # there is more than was taken in one round

    def _chain(self) -> list[str]:
        """The log and what was rotated away of it, newest first."""
        folder, name = os.path.split(self._path)
        try:
            rotated = [f"{folder}/{entry}" for entry in os.listdir(folder) if entry.startswith(name) and _ROTATED.fullmatch(entry[len(name) :])]
        except OSError:
            return []
        def changed(path: str) -> float:
            try:
                return os.stat(path).st_mtime
            except OSError:
                return 0.0
        return [path for path in (self._path, *sorted(rotated, key=changed, reverse=True)) if os.path.exists(path)]

    def older(self, place: Any, count: int, deadline: float) -> Page:
        """Up to so many lines before a place (None: from the newest)."""
        items: list[Item] = []  # newest first
        wanted = self._wanted
        at = _checked(place)[-1] if place else None
        before, after, reached, size = place or [], place, int(time.time() * 1000), 0
        for path in self._chain() if place != [] else ():
            try:
                file = _File(path)
            except OSError:
                continue
            try:
                if at is not None and not file.is_at(*at[:3]):
                    continue
                file.offset, at = file.size if at is None else at[2], None
                if after is None:
                    # Behind the last line that is whole.
                    raw, stop = next(((raw, stop) for _, raw, stop in file.backward(file.offset)), (b"", 0))
                    file.offset, file.at = stop, self._line(raw, file)["at"] if stop else 0
                    before = after = [file.place()]
                    if wanted.until is not None:
                        file.offset = self._sought(file, file.offset, wanted.until)
                if count == 0:
                    return Page([], before, after, False, reached)
                for start, raw, stop in file.backward(file.offset):
                    line = self._line(raw, file)
                    if wanted.since is not None and line["at"] < wanted.since:
                        return Page(items[::-1], before, after, True, line["at"])
                    file.offset, file.at = start, line["at"]
                    if (wanted.until is None or line["at"] <= wanted.until) and wanted.admits(line):
                        if len(items) == count or size > BYTES:
                            return Page(items[::-1], items[-1].before, after, False, items[-1].at)
                        items.append(Item(line["at"], line, 0, [file.place()], [[file.inode, file.head(stop), stop, line["at"]]]))
                        size += len(line["text"])
                    reached = line["at"]
                    if time.monotonic() > deadline or self._call.cancelled.is_set():
                        self._call.check()
                        return Page(items[::-1], [file.place()], after, False, reached)
                before = [file.place()]
            finally:
                file.close()
        return Page(items[::-1], before, after or [], True, reached)

    def _sought(self, file: _File, end: int, until: int) -> int:
        """An offset not far behind the last line of that time: lines stand in the order of their times, roughly."""
        low, high = 0, end
        while high - low > 4 * PIECE:
            middle = (low + high) // 2
            lines = os.pread(file.descriptor, PIECE, middle).split(b"\n")
            if len(lines) < 3:
                break
            if self._line(lines[1], file)["at"] > until:
                high = middle + len(lines[0]) + 1
            else:
                low = middle
        return high

    def _line(self, raw: bytes, file: _File) -> dict[str, Any]:
        line = self._parse(raw[:LONGEST].decode("utf-8", "replace"))
        line["at"] = line["at"] or file.at or file.changed
        return line

    def begin(self, place: Any) -> None:
        """Starts to follow behind a place."""
        folder = os.path.dirname(self._path)
        self._watch = inotify.watch(folder, inotify.CREATE | inotify.MOVED_TO)
        wanted, chain = [list(one) for one in _checked(place)], self._chain()
        for path in reversed(chain):  # oldest first
            try:
                file = _File(path)
            except OSError:
                continue
            known = next((one for one in wanted if file.is_at(*one[:3])), None)
            if known is not None:
                wanted.remove(known)
                file.offset, file.at = known[2], known[3]
            if known is not None or self._open or not place:
                self._hold(file, path)
            else:
                file.close()
        if place and not self._open:
            self._from = max(one[3] for one in place) + 1
            for path in reversed(chain):
                file = _File(path)
                if file.changed >= self._from:
                    self._hold(file, path)
                else:
                    file.close()

    def _hold(self, file: _File, path: str) -> None:
        self._open.append(file)
        inotify.also(self._watch, path, inotify.MODIFY)

    def fileno(self) -> int:
        return self._watch

    def ready(self, flow: Any) -> None:
        """Takes what there is, and a new file after a rotation."""
        inotify.clear(self._watch)
        self.behind = False
        for file in self._open:
            self._read(file, flow)
        try:
            inode = os.stat(self._path).st_ino
        except OSError:
            inode = None
        newest = self._open[-1] if self._open else None
        if newest is not None and newest.size < newest.offset:
            newest.offset, newest.rest = 0, b""  # it was emptied and goes on (copytruncate)
        if inode is not None and (newest is None or newest.inode != inode):
            try:
                self._hold(_File(self._path), self._path)
            except OSError:
                return
            self._read(self._open[-1], flow)
            # Workers of nginx open it anew one after the other: the one before is read for as long as it is the one before.
            while len(self._open) > 2:
                self._open.pop(0).close()

    def _read(self, file: _File, flow: Any) -> None:
        for _ in range(ROUND // PIECE):
            content = os.pread(file.descriptor, PIECE, file.offset + len(file.rest))
            if not content:
                return
            whole, found, rest = (file.rest + content).rpartition(b"\n")
            file.rest = rest if found else file.rest + content
            if len(file.rest) > LONGEST:
                whole, found, file.rest = file.rest, b"", b""
            if flow.full:
                self._count(file, flow, whole, found)
                continue
            lines = whole.split(b"\n") if whole or found else []
            for number, raw in enumerate(lines):
                if flow.full:
                    self._count(file, flow, b"\n".join(lines[number:]), found)
                    break
                file.offset += len(raw) + len(found)
                flow.looked += 1
                line = self._line(raw, file)
                file.at = line["at"]
                if line["at"] >= self._from and self._wanted.admits(line):
                    flow.add(line)
        self.behind = True

    def _count(self, file: _File, flow: Any, whole: bytes, found: bytes) -> None:
        """Lines that are not even looked at; the last of them says later how far it came."""
        if whole or found:
            file.offset += len(whole) + len(found)
            file.last = whole[whole.rfind(b"\n") + 1 :]
            flow.left(self, whole.count(b"\n") + 1, len(whole) + len(found))

    def settle(self) -> int:
        """After lines were only counted: the time of the last."""
        for file in self._open:
            if file.last:
                file.at, file.last = self._line(file.last, file)["at"], b""
        return max((file.at for file in self._open), default=0)

    def place(self) -> list[list[Any]]:
        return [file.place() for file in self._open]

    def close(self) -> None:
        for file in self._open:
            file.close()
        if self._watch >= 0:
            os.close(self._watch)


def _checked(place: Any) -> list[list[Any]]:
    fine = isinstance(place, list) and len(place) <= 4
    for one in place if fine else ():
        fine = fine and isinstance(one, list) and len(one) == 4 and isinstance(one[1], str) and all(isinstance(one[at], int) and not isinstance(one[at], bool) and one[at] >= 0 for at in (0, 2, 3))
    if not fine:
        raise Failure("invalid", "that is no place in a log", field="after")
    return place
