"""Does the new process answer? One HTTP request at its socket, from the first moment that there is a socket; a unit that
dies is noticed by systemd's signal, not by the deadline."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from typing import Optional

from . import dbus, slots

PAUSE = 0.002  # seconds between looks for the socket
RETRY = 0.05  # after an answer that does not pass
ANSWER_LIMIT = 65536
DEAD = ("failed", "inactive", "deactivating")
DEAD_SUB = ("auto-restart", "auto-restart-queued")


class NotUp(Exception):
    """It ended, or it did not pass in time (`ended` False)."""

    def __init__(self, message: str, ended: bool) -> None:
        super().__init__(message)
        self.ended = ended


class _Dead(Exception):
    pass


def check(bus: dbus.Bus, unit: str, path: str, health: str, host: str, seconds: float) -> int:
    """Waits for the first answer below 500 by a process of the unit; gives its status. The bus must listen to the unit's
    signals. Raises NotUp."""
    deadline = time.monotonic() + seconds
    request = f"GET {health} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ForgeBoard\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n".encode()
    last = "it did not open its socket"
    try:
        while True:
            _look(bus, unit, PAUSE)
            if time.monotonic() > deadline:
                raise NotUp(f"{last} within {seconds:.0f} s", ended=False)
            connection = _connect(path)
            if connection is None:
                continue
            with connection:
                pid = slots.peer(connection)
                if not slots.in_unit(pid, unit):
                    last = f"another process ({pid}) listens on its socket, it did not answer itself"
                    _look(bus, unit, RETRY)
                    continue
                status = _ask(bus, unit, connection, request, deadline)
            if status is None:
                last = f"it did not answer GET {health}"
            elif status < 500:
                return status
            else:
                last = f"it answered GET {health} with {status}, and nothing better came"
            _look(bus, unit, RETRY if status else PAUSE)
    except _Dead:
        raise NotUp("it ended by itself", ended=True) from None


def _connect(path: str) -> Optional[socket.socket]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    error = connection.connect_ex(path)
    if error == 0:
        return connection
    connection.close()
    if error in (errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN):  # not yet there; not yet listening; backlog full
        return None
    raise OSError(error, os.strerror(error), path)


def _ask(bus: dbus.Bus, unit: str, connection: socket.socket, request: bytes, deadline: float) -> Optional[int]:
    """Sends the request and waits: it sits in the backlog until the app has booted. None where no answer came."""
    try:
        connection.send(request)
        answer = b""
        while b"\r\n" not in answer and len(answer) < ANSWER_LIMIT:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if bus.fileno() in select.select([connection, bus], [], [], left)[0]:
                _look(bus, unit, 0)
            elif not (part := connection.recv(4096)):
                return None
            else:
                answer += part
    except BlockingIOError:
        return None
    except OSError:
        return None
    words = answer.split(None, 2)
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1].isdigit() else None


def _look(bus: dbus.Bus, unit: str, seconds: float) -> None:
    """Waits a moment, or less where systemd says something; _Dead where the unit has ended."""
    bus.read(seconds)
    changed = slots.property_changes(bus, unit)
    if changed.get("ActiveState") in DEAD or changed.get("SubState") in DEAD_SUB:
        raise _Dead
