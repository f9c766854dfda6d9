"""journald as a source of lines: pages of what was, and what comes, each from a place that is a cursor of journalctl's with
its side: "-c" before that entry, "+c" behind it, "" where there was none."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import subprocess
import time
from typing import Any, Callable, Optional

from . import loglines
from .failure import Failure
from .logfilter import Wanted
from .logpages import BYTES, Item, Page
from .serve import SET_PIPE_SIZE

FIELDS = "__REALTIME_TIMESTAMP,PRIORITY,_PID,MESSAGE,MESSAGE_ID,N_DROPPED,SYSLOG_IDENTIFIER,_COMM,_SYSTEMD_UNIT,UNIT"
# --all: without it journalctl gives null for what is longer than 4096 bytes.
COMMAND = ("journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={FIELDS}")
BLOCK = 600  # entries that are looked at together, reading backwards
CONTEXT = 40  # of them that only say whether a traceback was begun before
PIPE = 1 << 20
LONGEST = 4 << 20  # bytes of an entry; what is longer is counted and left out
_PLACE = re.compile(r"|[+-][a-z0-9=;]{1,400}")

Parse = Callable[[dict[str, Any]], Optional[dict[str, Any]]]


def matches(units: list[str]) -> list[str]:
    """What is said by these units, by systemd of them, and by journald of what it left out; [] is everything."""
    if not units:
        return []
    own, of = [f"_SYSTEMD_UNIT={unit}" for unit in units], [f"UNIT={unit}" for unit in units]
    return [*own, "+", "_PID=1", *of, "+", f"MESSAGE_ID={loglines.SUPPRESSED}", "_SYSTEMD_UNIT=systemd-journald.service"]


class Journal:
    """units: whose entries, none for all. parse: an entry as a logLine, None where it is not wanted at all."""

    def __init__(self, call: Any, wanted: Wanted, units: list[str], parse: Parse) -> None:
        self._call = call
        self._wanted = wanted
        self._matches = matches(units)
        self._units = frozenset(units)
        self._parse = parse
        self._tracebacks = loglines.Tracebacks()
        self._place = ""
        self._at = 0
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._rest = b""
        self._skips = False  # the rest of an entry that is too long
        self._last = b""  # the newest entry that was left out

    def older(self, place: Any, count: int, deadline: float) -> Page:
        """Up to so many lines before a place (None: from the newest)."""
        command = [*COMMAND, "--reverse"]
        if place:
            command.append(f"--cursor={_checked(place)[1:]}")
        elif self._wanted.until is not None:
            command.append(f"--until=@{self._wanted.until / 1000:.3f}")
        process = self._start([*command, *self._matches])
        try:
            return self._read_back(process, place or "", count, deadline) if place != "" else Page([], "", "", True, 0)
        finally:
            self._end(process)

    def _read_back(self, process: subprocess.Popen[bytes], place: str, count: int, deadline: float) -> Page:
        items: list[Item] = []  # newest first
        block: list[bytes] = []  # newest first
        before, after = place, place
        reached, begun, size, rest, first = int(time.time() * 1000), False, 0, b"", True
        assert process.stdout is not None
        while not begun and len(items) <= count and size < BYTES:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                break
            part = os.read(process.stdout.fileno(), 1 << 18)
            whole, _, rest = (rest + part).rpartition(b"\n")
            block += whole.split(b"\n") if whole else []
            if first and block:
                first = False
                newest = _cursor(block[0])
                if place.startswith("-") and newest == place[1:]:
                    block.pop(0)
                elif not place:
                    after = f"+{newest}"
            if part and len(block) < BLOCK + CONTEXT:
                continue
            context = block[-CONTEXT:] if part else []
            for item in reversed(self._items(block[: len(block) - len(context)], context)):
                if self._wanted.since is not None and item.at < self._wanted.since:
                    begun = True
                    break
                if item.line is not None and not self._wanted.admits(item.line):
                    continue
                items.append(item)
                size += len(item.line["text"]) if item.line else 0
            looked = block[: len(block) - len(context)]
            if looked:
                oldest = _entry(looked[-1])
                before, reached = f"-{oldest.get('__CURSOR', '')}", int(oldest.get("__REALTIME_TIMESTAMP") or 0) // 1000
                begun = begun or self._wanted.since is not None and reached < self._wanted.since
            block = context
            if not part:
                self._call.check()
                begun = True
        if len(items) > count:
            items, begun = items[:count], False
            before, reached = (items[-1].before, items[-1].at) if items else (after or place, reached)
        return Page(items[::-1], before, after, begun, reached)

    def _items(self, block: list[bytes], context: list[bytes]) -> list[Item]:
        """Of entries newest first, oldest first."""
        tracebacks, found = loglines.Tracebacks(), []
        quick = bool(self._wanted.grep) and self._wanted.admits_any_level
        for number, raw in enumerate(reversed([*block, *context])):
            if quick and not self._wanted.may_admit(raw) and loglines.SUPPRESSED.encode() not in raw:
                continue
            item = self._item(raw, tracebacks)
            if item is not None and number >= len(context):
                found.append(item)
        return found

    def _item(self, raw: bytes, tracebacks: loglines.Tracebacks) -> Optional[Item]:
        entry = _entry(raw)
        cursor = entry.get("__CURSOR", "")
        at = int(entry.get("__REALTIME_TIMESTAMP") or 0) // 1000
        dropped = loglines.suppressed(entry)
        if dropped is not None:
            return Item(at, None, dropped[0], f"-{cursor}", f"+{cursor}") if not self._units or dropped[1] in self._units else None
        line = self._parse(entry)
        if line is None:
            return None
        if tracebacks.takes((line["process"], line["slot"], line["pid"]), line["text"]):
            line.update(trace=True, level="error")
        return Item(at, line, 0, f"-{cursor}", f"+{cursor}")

    def begin(self, place: str) -> None:
        """Starts to follow behind a place."""
        self._place = _checked(place)
        self._process = self._start([*COMMAND, "--follow", "--no-tail", *([f"--cursor={place[1:]}"] if place else []), *self._matches])

    def fileno(self) -> int:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout.fileno()

    def ready(self, flow: Any) -> None:
        """Takes what there is. Failure('unreachable') where journalctl ended, of itself or with journald."""
        part = os.read(self.fileno(), PIPE)
        if not part:
            self._call.check()
            raise Failure("unreachable", "journalctl ended", hint="It is started again from where it was.")
        whole, found, self._rest = (self._rest + part).rpartition(b"\n")
        if self._skips and found:
            _, _, whole = whole.partition(b"\n")
            self._skips = False
        if len(self._rest) > LONGEST:
            flow.left(self, 1, len(self._rest))
            self._rest, self._skips = b"", True
        if flow.full:
            self._count(flow, whole)
            return
        entries = whole.split(b"\n") if whole else []
        quick = bool(self._wanted.grep) and self._wanted.admits_any_level
        for number, raw in enumerate(entries):
            if flow.full:
                self._count(flow, b"\n".join(entries[number:]))
                return
            if quick and not self._wanted.may_admit(raw) and loglines.SUPPRESSED.encode() not in raw:
                continue
            flow.looked += 1
            self._take(flow, raw)

    def _take(self, flow: Any, raw: bytes) -> None:
        item = self._item(raw, self._tracebacks)
        if item is None or item.after == self._place:
            return
        self._place, self._at = item.after, item.at
        if item.line is None:
            flow.dropped(item.at, item.left)
        elif self._wanted.admits(item.line):
            flow.add(item.line)

    def _count(self, flow: Any, whole: bytes) -> None:
        """Entries that are not even looked at, but for what journald says it left out itself."""
        mark = loglines.SUPPRESSED.encode()
        own = [raw for raw in whole.split(b"\n") if mark in raw] if mark in whole else []
        for raw in own:
            item = self._item(raw, self._tracebacks)
            if item is not None and item.line is None:
                flow.dropped(item.at, item.left)
        if whole:
            self._last = whole[whole.rfind(b"\n") + 1 :]
            flow.left(self, whole.count(b"\n") + 1 - len(own), len(whole))

    def settle(self) -> int:
        """After entries were only counted: the place is behind them. The time of the last."""
        if self._last:
            entry = _entry(self._last)
            self._place, self._last = f"+{entry.get('__CURSOR', '')}", b""
            self._at = int(entry.get("__REALTIME_TIMESTAMP") or 0) // 1000
            self._tracebacks = loglines.Tracebacks()
        return self._at

    def place(self) -> str:
        return self._place

    def close(self) -> None:
        if self._process is not None:
            self._end(self._process)

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._call.on_cancel(process.kill)
        assert process.stdout is not None
        try:
            fcntl.fcntl(process.stdout.fileno(), SET_PIPE_SIZE, PIPE)  # a flood is counted in larger pieces
        except OSError:
            pass
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _checked(place: Any) -> str:
    if not isinstance(place, str) or not _PLACE.fullmatch(place):
        raise Failure("invalid", "that is no place in a log", field="after")
    return place


def _entry(raw: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(raw)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _cursor(raw: bytes) -> str:
    return str(_entry(raw).get("__CURSOR", ""))
