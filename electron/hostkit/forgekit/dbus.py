"""systemd over the system bus: a small D-Bus client. StartUnit takes 5 ms this way, 15 ms and more by systemctl.

The private socket of systemd gains nothing and is undocumented, so the system bus is used (design/deploy.md, section 4).
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections import deque
from typing import Any, Iterable, Optional

from .failure import Failure
from .wire import put, take, types

SYSTEM_BUS = "/run/dbus/system_bus_socket"
SYSTEMD = "org.freedesktop.systemd1"
MANAGER = "/org/freedesktop/systemd1"
UNIT = "org.freedesktop.systemd1.Unit"
SERVICE = "org.freedesktop.systemd1.Service"
AT_ONCE = 60  # calls on their way together; the bus refuses more than 128 open ones on a strict configuration
_CALL, _RETURN, _ERROR, _SIGNAL = 1, 2, 3, 4
_FIELDS = {1: "path", 2: "interface", 3: "member", 4: "error", 5: "reply_to", 6: "destination", 7: "sender", 8: "signature"}


class Refused(Exception):
    """The other side answered with an error; `name` is its D-Bus name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Message:
    def __init__(self, kind: int, fields: dict[str, Any], body: list[Any]) -> None:
        self.kind = kind
        self.fields = fields
        self.body = body


class Bus:
    """One connection. Not for several threads at once."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(SYSTEM_BUS)
            self._socket.sendall(b"\0AUTH EXTERNAL %s\r\n" % str(os.geteuid()).encode().hex().encode())
            answer = self._socket.recv(4096)
        except OSError as error:
            self._socket.close()
            raise Failure("missing-requirement", f"systemd's bus does not answer: {error.strerror}", hint="Is dbus running?") from None
        if not answer.startswith(b"OK"):
            raise Failure("missing-requirement", "systemd's bus refused us")
        self._socket.sendall(b"BEGIN\r\n")
        self._buffer = bytearray()
        self._serial = 0
        self._replies: dict[int, Message] = {}
        self.signals: deque[Message] = deque()
        self.send("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Bus":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def send(self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any) -> int:
        """Sends a call without waiting; gives its serial, for result()."""
        self._serial += 1
        content = bytearray()
        for kind, value in zip(types(signature), body):
            put(content, kind, value)
        fields: list[tuple[int, tuple[str, Any]]] = [(1, ("o", path)), (2, ("s", interface)), (3, ("s", member)), (6, ("s", destination))]
        if signature:
            fields.append((8, ("g", signature)))
        header = bytearray(struct.pack("<cBBBII", b"l", _CALL, 0, 1, len(content), self._serial))
        put(header, "a(yv)", fields)
        header += b"\0" * (-len(header) % 8)
        self._socket.sendall(header + content)
        return self._serial

    def result(self, serial: int, seconds: float = 30.0) -> list[Any]:
        """The answer to a call that was sent."""
        deadline = time.monotonic() + seconds
        while serial not in self._replies:
            if not self.read(deadline - time.monotonic()) and time.monotonic() > deadline:
                raise Failure("timeout", f"systemd did not answer within {seconds:.0f} s")
        reply = self._replies.pop(serial)
        if reply.kind == _ERROR:
            raise Refused(reply.fields.get("error", ""), str(reply.body[0]) if reply.body else "")
        return reply.body

    def call(self, member: str, signature: str = "", *body: Any, seconds: float = 30.0) -> list[Any]:
        """A method of systemd's manager."""
        return self.result(self.manager(member, signature, *body), seconds)

    def manager(self, member: str, signature: str = "", *body: Any) -> int:
        return self.send(SYSTEMD, MANAGER, f"{SYSTEMD}.Manager", member, signature, *body)

    def properties(self, wanted: Iterable[tuple[str, str, str]]) -> list[Any]:
        """Values of (unit, interface, property), asked for together; None where systemd has none."""
        values: list[Any] = []
        todo = list(wanted)
        while todo:
            serials = [self.ask(*one) for one in todo[:AT_ONCE]]
            del todo[:AT_ONCE]
            for serial in serials:
                try:
                    values.append(self.result(serial)[0])
                except Refused:
                    values.append(None)
        return values

    def ask(self, unit: str, interface: str, name: str) -> int:
        """Asks for a property without waiting; gives the serial, for result()."""
        return self.send(SYSTEMD, unit_path(unit), "org.freedesktop.DBus.Properties", "Get", "ss", interface, name)

    def listen(self, *rules: str) -> None:
        """Asks for systemd's signals; they come in order in `signals`."""
        for rule in rules:
            self._ignored(self.send("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule))
        self._ignored(self.manager("Subscribe"))

    def read(self, seconds: float) -> bool:
        """Takes in what has come, waiting for it at most so long; True if a message came."""
        if not select.select([self._socket], [], [], max(0.0, seconds))[0]:
            return False
        content = self._socket.recv(1 << 18)
        if not content:
            raise Failure("missing-requirement", "systemd's bus closed the connection")
        self._buffer += content
        return self._parse()

    def _ignored(self, serial: int) -> None:
        """A call whose answer nobody waits for: it stays in _replies, which lives no longer than one action."""

    def _parse(self) -> bool:
        came = False
        while len(self._buffer) >= 16:
            length, serial, fields_length = struct.unpack_from("<III", self._buffer, 4)
            start = 16 + fields_length
            start += -start % 8
            if len(self._buffer) < start + length:
                break
            # Each message is aligned by itself, so it is taken out before it is read. systemd and both bus daemons
            # of the supported systems are little-endian, as the hosts are (x86-64, arm64).
            raw = bytes(self._buffer[: start + length])
            del self._buffer[: start + length]
            pairs, _ = take(raw, 12, "a(yv)")
            fields = {_FIELDS[code]: value for code, value in pairs if code in _FIELDS}
            message = Message(raw[1], fields, _body(raw[start:], fields.get("signature", "")))
            if message.kind == _SIGNAL:
                self.signals.append(message)
            elif "reply_to" in fields:
                self._replies[fields["reply_to"]] = message
            came = True
        return came


def _body(raw: bytes, signature: str) -> list[Any]:
    values, at = [], 0
    for kind in types(signature):
        value, at = take(raw, at, kind)
        values.append(value)
    return values


def unit_path(unit: str) -> str:
    """The object of a unit, by systemd's own rule: asking it for a property loads the unit."""
    escaped = "".join(c if c.isascii() and c.isalnum() and not (c.isdigit() and i == 0) else f"_{ord(c):02x}" for i, c in enumerate(unit))
    return f"{MANAGER}/unit/{escaped}"


def unit_signals(unit: str) -> str:
    """The match rule for changes of a unit's properties."""
    return f"type='signal',sender='{SYSTEMD}',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',path='{unit_path(unit)}'"


JOB_SIGNALS = f"type='signal',sender='{SYSTEMD}',interface='{SYSTEMD}.Manager',member='JobRemoved'"


def job_ended(bus: Bus, job: str, seconds: float) -> Optional[str]:
    """How a job (its object path) ended: "done", "failed", "canceled", ...; None where it has not within that time. Needs
    listen(JOB_SIGNALS)."""
    deadline = time.monotonic() + seconds
    while True:
        for signal in list(bus.signals):
            if signal.fields.get("member") == "JobRemoved" and signal.body[1] == job:
                bus.signals.remove(signal)
                return str(signal.body[3])
        if not bus.read(deadline - time.monotonic()) and time.monotonic() > deadline:
            return None


def job_result(bus: Bus, job: str, seconds: float) -> str:
    """The same, with Failure('timeout') where it did not end."""
    result = job_ended(bus, job, seconds)
    if result is None:
        raise Failure("timeout", f"systemd did not finish a job within {seconds:.0f} s")
    return result
