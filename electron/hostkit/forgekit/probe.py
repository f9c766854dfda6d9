"""Does the new process answer? One HTTP request at its socket, from the first moment that there is a socket; a unit that
dies is noticed by systemd's signal, not by the deadline."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from typing import Optional

from . import dbus, inotify, ports, slots

PAUSE = 0.002  # seconds between looks for who listens, where nothing tells
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


class Endpoint:
    """Where a process should listen."""

    silent = ""
    told: Optional[int] = None  # a descriptor that is readable when it is worth to look again; None: after PAUSE

    def connect(self) -> Optional[socket.socket]:
        """A connection, None where nobody listens yet."""
        raise NotImplementedError

    def stranger(self, connection: socket.socket, unit: str) -> Optional[str]:
        """Words for who listens there where it is not the unit itself."""
        raise NotImplementedError

    def close(self) -> None:
        pass


class UnixSocket(Endpoint):
    silent = "it did not open its socket"

    def __init__(self, path: str) -> None:
        self._path = path
        self._created = inotify.watch(os.path.dirname(path), inotify.CREATE | inotify.MOVED_TO)

    def close(self) -> None:
        os.close(self._created)

    def connect(self) -> Optional[socket.socket]:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        error = connection.connect_ex(self._path)
        if error == 0:
            return connection
        connection.close()
        self.told = self._created if error == errno.ENOENT else None
        if error in (errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN):  # not yet there; not yet listening; backlog full
            return None
        raise OSError(error, os.strerror(error), self._path)

    def stranger(self, connection: socket.socket, unit: str) -> Optional[str]:
        pid = slots.peer(connection)
        return None if slots.in_unit(pid, unit) else f"another process ({pid}) listens on its socket, it did not answer itself"


class Port(Endpoint):
    """A port of loopback. Who listens is told by the socket's inode among the open files of the unit's processes."""

    def __init__(self, port: int, unit: str) -> None:
        self._port = port
        self.silent = f"it did not listen on port {port} ($PORT)"

    def connect(self) -> Optional[socket.socket]:
        if not ports.is_open(self._port):
            return None
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        connection.settimeout(1.0)  # the backlog of loopback answers at once or is full
        try:
            connection.connect(("127.0.0.1", self._port))
        except OSError:
            connection.close()
            return None
        connection.setblocking(False)
        return connection

    def stranger(self, connection: socket.socket, unit: str) -> Optional[str]:
        holders = ports.pids(self._port)
        if any(slots.in_unit(pid, unit) for pid in holders):
            return None
        return f"another process ({min(holders, default=0)}) listens on port {self._port}, it did not answer itself"

    def on_loopback(self) -> bool:
        """Whether it can be reached from this host only."""
        return ports.only_loopback(self._port)


def check(bus: dbus.Bus, unit: str, endpoint: Endpoint, health: str, host: str, seconds: float) -> int:
    """Waits for the first answer below 500 by a process of the unit; gives its status. The bus must listen to the unit's
    signals. Raises NotUp."""
    deadline = time.monotonic() + seconds
    request = f"GET {health} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ForgeBoard\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n".encode()
    last, answered = endpoint.silent, False
    try:
        _look(bus, unit, 0)
        while True:
            if time.monotonic() > deadline:
                raise NotUp(f"{last} within {seconds:.0f} s", ended=False)
            connection = endpoint.connect()
            if connection is None:
                _look(bus, unit, PAUSE if endpoint.told is None else deadline - time.monotonic(), endpoint.told)
                continue
            with connection:
                stranger = endpoint.stranger(connection, unit)
                if stranger is not None:
                    last = stranger
                    _look(bus, unit, RETRY)
                    continue
                status = _ask(bus, unit, connection, request, deadline)
            if status is None:
                # What it said once tells more than that the time was up while it was asked again.
                last = last if answered else f"it did not answer GET {health}"
            elif status < 500:
                return status
            else:
                answered = True
                last = f"it answered GET {health} with {status}, and nothing better came"
            _look(bus, unit, RETRY if status else PAUSE)
    except _Dead:
        raise NotUp("it ended by itself", ended=True) from None
    finally:
        endpoint.close()


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


def _look(bus: dbus.Bus, unit: str, seconds: float, told: Optional[int] = None) -> None:
    """Waits a moment, or less where systemd says something or the descriptor does; _Dead where the unit has ended."""
    if told is not None:
        if told in select.select([bus, told], [], [], max(0.0, seconds))[0]:
            inotify.clear(told)
        seconds = 0
    bus.read(seconds)
    changed = slots.property_changes(bus, unit)
    if changed.get("ActiveState") in DEAD or changed.get("SubState") in DEAD_SUB:
        raise _Dead
