"""Who listens on a TCP port, from /proc: no ss or lsof needed."""

from __future__ import annotations

import os
import re
import time
from typing import Any, Iterator, Optional

LISTEN = "0A"
LEAVING = 1.0  # seconds in which one that listens without a process is taken for one that just closes, as nginx does at a reload


def holder(port: int) -> Optional[dict[str, Any]]:
    """{port, pid, process, unit} of the oldest process that listens there; pid 0 where none is to be seen (a container)."""
    deadline = time.monotonic() + LEAVING
    while sockets := set(_listening(port)):
        pid = min(_holders(sockets), default=0)
        process = _process(pid)
        if process or time.monotonic() > deadline:
            return {"port": port, "pid": pid, "process": process, "unit": unit_of(pid)}
        time.sleep(0.01)
    return None


def unit_of(pid: int) -> str:
    """The systemd unit that a process belongs to, "" where none."""
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            groups = file.read()
    except OSError:
        return ""
    named = re.search(r"^(?:0::|\d+:name=systemd:)(?:.*/)?([^/\n]+\.(?:service|scope))", groups, re.MULTILINE)
    return named[1] if named else ""


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    return bool(_listening(port))


def pids(port: int) -> list[int]:
    """Processes that hold a socket which listens there."""
    return _holders(set(_listening(port)))


def only_loopback(port: int) -> bool:
    """Whether nobody listens there on an address that others reach: 127.0.0.0/8 and ::1 end in 7F and 01000000 in /proc."""
    return all(address.endswith("7F") and len(address) == 8 or address == "0" * 24 + "01000000" for address in _listening(port).values())


def _listening(port: int) -> dict[str, str]:
    """Socket inode -> local address, as /proc writes it."""
    return {inode: address for number, inode, address in sockets() if number == port}


def sockets() -> Iterator[tuple[int, str, str]]:
    """(port, inode, local address) of all TCP sockets that listen."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        for row in rows:
            if row[3] == LISTEN:
                address, _, port = row[1].rpartition(":")
                yield int(port, 16), row[9], address


def _holders(sockets: set[str]) -> list[int]:
    wanted = {f"socket:[{inode}]" for inode in sockets}
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if any(os.readlink(f"/proc/{pid}/fd/{descriptor}") in wanted for descriptor in os.listdir(f"/proc/{pid}/fd")):
                found.append(int(pid))
        except OSError:  # it has ended meanwhile
            continue
    return found


def _process(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def listening() -> list[int]:
    """The TCP ports from 1024 on that somebody listens on."""
    return sorted({port for port, _, _ in sockets() if port >= 1024})
