"""Who is changing an app right now. A flock dies with its holder; a lock made by mkdir outlives it and once blocked
deploys for four weeks (design/reliability.md, Kamal). The file's text says who holds it; only the flock counts."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import Any, Optional

from . import paths
from .failure import Failure

TESTED = 0.02  # seconds: holder() below holds a shared lock for microseconds, which must not look like a deploy


class Lock:
    """Held until release() or the end of every process that inherited the descriptor."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def say(self, **owner: Any) -> None:
        """Writes who holds the lock: who, deployment, step, since (seconds since 1970), pid."""
        text = json.dumps(owner).encode()
        # In one write: whoever reads in between sees either text whole, never the end of a longer one behind a shorter.
        os.pwrite(self.descriptor, text.ljust(os.fstat(self.descriptor).st_size), 0)

    def release(self) -> None:
        os.ftruncate(self.descriptor, 0)
        os.close(self.descriptor)


def take(path: str, wait: bool = False) -> Optional[Lock]:
    """The lock, or None where somebody else has it. wait: blocks instead."""
    deadline = time.monotonic() + TESTED
    while True:
        # O_CLOEXEC: an app's process that inherited it would hold it for as long as it runs.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            # apps.remove unlinks lock files: a lock on an unlinked one excludes nobody.
            if _same(descriptor, path):
                os.ftruncate(descriptor, 0)  # a holder that was killed has left its text
                return Lock(path, descriptor)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(0.002)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def holder(path: str) -> Optional[dict[str, Any]]:
    """What the holder says of itself, {} where it says nothing, None where the lock is free."""
    deadline = time.monotonic() + TESTED
    while True:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            try:
                return dict(json.loads(os.pread(descriptor, 4096, 0)))
            except ValueError:
                if time.monotonic() > deadline:
                    return {}
        finally:
            os.close(descriptor)
        time.sleep(0.002)  # it has only just taken the lock, or is giving it up


def busy(app: str) -> Failure:
    """Who has the app's lock, as a failure."""
    found = holder(paths.lock(app)) or {}
    who, step = found.get("who") or "somebody", found.get("step") or "starting"
    number = f" (deployment {found['deployment']})" if found.get("deployment") else ""
    minutes = int(max(0.0, time.time() - found["since"]) // 60) if isinstance(found.get("since"), (int, float)) else 0
    long = f" for {minutes} {'minute' if minutes == 1 else 'minutes'}" if minutes else ""
    return Failure("busy", f"{who} is changing {app}{number}{long}, at: {step}", hint="Wait until that is done, or cancel it.", facts={key: found[key] for key in ("who", "deployment", "step", "since") if key in found})


def take_shared_step(name: str) -> Lock:
    """Blocks for a step that apps do one after the other: "nginx", "ports", "registry". App names have no dots."""
    lock = take(f"{paths.LOCKS}/.{name}", wait=True)
    assert lock is not None
    return lock


def _same(descriptor: int, path: str) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino)
