"""A deployment's journal: one JSON object a line in /var/lib/forgeboard/journal/<app>/<deployment>.jsonl.

The first line says who, where from and when; then come the events as clients see them (actions.ts, deploymentEvent):
a step's "running" is the intent and is durable before the step changes anything. After "end", where whoever follows it
stops, come watch and drain, "switched-back" where the release crashed, and "not-cold" where it does not boot cold. A torn last line is tolerated.
"""

from __future__ import annotations

import errno
import json
import os
import time
from typing import Any, Iterator, Optional

from . import files, paths

RESERVE = f"{paths.JOURNALS}/.reserve"  # given up when the disk is full, so that the end of a deployment can be written
RESERVED = 256 << 10
EVENTS = ("step", "output", "end")
TAIL = 256 << 10
MOST_OUTPUT = 4 << 20  # bytes of text a deployment: a hook that prints without end must not fill the disk
KEPT = 200


class Journal:
    """The one writer of a deployment's journal."""

    _printed = 0

    def __init__(self, app: str, deployment: int, head: dict[str, Any]) -> None:
        keep_reserve()
        files.ensure_directory(paths.journals(app), 0o700)
        self.path = paths.journal(app, deployment)
        self.began = time.monotonic()
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._write({"type": "start", "app": app, "deployment": deployment, **head}, sync=True)
        except BaseException:
            os.unlink(self.path)
            os.close(self._descriptor)
            raise
        files.sync_directory(paths.journals(app))

    @classmethod
    def reopen(cls, app: str, deployment: int) -> "Journal":
        """The journal of a deployment that was cut, to be ended. Needs the app's lock."""
        one = cls.__new__(cls)
        one.path = paths.journal(app, deployment)
        with open(one.path, "rb") as file:
            head = next(lines(file.readline(65536)), {})
        one.began = time.monotonic() - max(0.0, time.time() - head.get("startedAt", time.time()))
        one._descriptor = os.open(one.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        _write_all(one._descriptor, b"\n")  # the last line may be torn; an empty one is skipped by readers
        return one

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def at(self) -> float:
        """Milliseconds since the start."""
        return round((time.monotonic() - self.began) * 1000, 1)

    def step(self, name: str, status: str, sync: bool = False, **more: Any) -> None:
        self._write({"type": "step", "name": name, "status": status, "at": self.at(), **more}, sync)

    def output(self, step: str, text: str) -> None:
        """What a command said, up to MOST_OUTPUT of all of them; then that there is more, once."""
        if self._printed > MOST_OUTPUT:
            return
        self._printed += len(text)
        more = "\n(more was printed, which is not kept)\n" if self._printed > MOST_OUTPUT else ""
        self._write({"type": "output", "step": step, "text": text + more}, sync=False)

    def note(self, **facts: Any) -> None:
        """For whoever reads the file: what happened after the end, or the trace of a bug. Not sent as an event."""
        self._write({"type": "note", "at": self.at(), **facts}, sync=False)

    def end(self, outcome: str, release: Optional[int], slot: Optional[str], failure: Optional[dict[str, Any]], warm: bool = False) -> None:
        self._write({"type": "end", "outcome": outcome, "release": release, "slot": slot, "at": self.at(), "failure": failure, "warm": warm}, sync=True)

    def not_cold(self, reason: str) -> None:
        """After the end: the release came up warm, and does not without it."""
        self._write({"type": "not-cold", "at": self.at(), "reason": reason}, sync=True)

    def switched_back(self, release: Optional[int], slot: str, reason: str) -> None:
        """After the end: the deployment was live, and is no more."""
        self._write({"type": "switched-back", "release": release, "slot": slot, "at": self.at(), "reason": reason}, sync=True)

    def closed(self) -> None:
        """The last line: nothing of this deployment is left to be done. Where it lacks, it was cut (recovery.py)."""
        files.remove(paths.undo(self.path))
        self._write({"type": "closed", "at": self.at()}, sync=False)

    def _write(self, line: dict[str, Any], sync: bool) -> None:
        content = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            _write_all(self._descriptor, content)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not files.remove(RESERVE):
                raise
            # The part that was written ends without a line break; readers skip a line that is not JSON.
            _write_all(self._descriptor, b"\n" + content)
        if sync:
            os.fdatasync(self._descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def keep_reserve() -> None:
    """Makes the reserve where it is missing and there is room."""
    if os.path.exists(RESERVE):
        return
    descriptor = os.open(RESERVE, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVED)
    except OSError:
        os.unlink(RESERVE)
    finally:
        os.close(descriptor)


def numbers(app: str) -> list[int]:
    """The app's deployments, oldest first."""
    try:
        entries = os.listdir(paths.journals(app))
    except FileNotFoundError:
        return []
    return sorted(int(entry[:-6]) for entry in entries if entry.endswith(".jsonl") and entry[:-6].isdigit())


def prune(app: str) -> None:
    """Keeps the newest KEPT journals. Release numbers are never used again: they follow the newest."""
    for number in numbers(app)[:-KEPT]:
        files.remove(paths.undo(paths.journal(app, number)))
        files.remove(paths.journal(app, number))


def lines(content: bytes) -> Iterator[dict[str, Any]]:
    """The whole lines that are JSON objects."""
    for line in content[: content.rfind(b"\n") + 1].splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def events(app: str, deployment: int) -> list[dict[str, Any]]:
    """All lines but outputs, however much of these lies between: what was begun decides what is taken back."""
    with open(paths.journal(app, deployment), "rb") as file:
        return [line for text in file for line in lines(text) if line.get("type") != "output"]


def tail(app: str, deployment: int) -> list[dict[str, Any]]:
    """The head and the last lines, all that is not a build's output."""
    with open(paths.journal(app, deployment), "rb") as file:
        head = list(lines(file.readline(65536)))
        file.seek(max(file.tell(), os.fstat(file.fileno()).st_size - TAIL))
        return head + [line for line in lines(file.read(TAIL)) if line.get("type") != "output"]


def record(app: str, deployment: int, running: bool) -> Optional[dict[str, Any]]:
    """What actions.ts calls a deploymentRecord; None where there is no such deployment."""
    try:
        with open(paths.journal(app, deployment), "rb") as file:
            head = next(lines(file.readline(65536)), {})
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            last = {line.get("type"): line for line in lines(file.read(TAIL))}
            end, back, cold = last.get("end"), last.get("switched-back"), last.get("not-cold")
    except FileNotFoundError:
        return None
    return {
        "app": app,
        "deployment": deployment,
        "startedAt": head.get("startedAt", 0),
        "actor": head.get("actor", ""),
        "token": head.get("token", ""),
        "kind": head.get("kind", "deploy"),
        "target": head.get("release"),
        "changes": head.get("changes", []),
        "running": running and end is None,
        "end": end,
        "switchedBack": {name: back[name] for name in ("release", "slot", "at", "reason")} if back else None,
        "notCold": str(cold.get("reason", "")) if cold else None,
    }
