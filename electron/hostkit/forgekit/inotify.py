"""Being told by the kernel that something changed, instead of looking again and again."""

from __future__ import annotations

import ctypes
import os

from .failure import Failure

MODIFY, CLOSE_WRITE, MOVED_TO, CREATE = 0x2, 0x8, 0x80, 0x100  # inotify(7)


def watch(path: str, events: int) -> int:
    """A descriptor that is readable once one of the events has come to a path, or into a folder. Whoever asks closes it."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    if descriptor < 0 or libc.inotify_add_watch(descriptor, os.fsencode(path), events) < 0:
        said = os.strerror(ctypes.get_errno())
        if descriptor >= 0:
            os.close(descriptor)
        raise Failure("limit", f"{path} cannot be watched: {said}")
    return descriptor


def also(descriptor: int, path: str, events: int) -> None:
    """Watches another path with the same descriptor; nothing happens where it is gone."""
    ctypes.CDLL(None, use_errno=True).inotify_add_watch(descriptor, os.fsencode(path), events)


def clear(descriptor: int) -> None:
    """Takes out what was told."""
    try:
        os.read(descriptor, 4096)
    except BlockingIOError:
        pass
