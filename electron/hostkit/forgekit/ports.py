"""Who listens on a TCP port, from /proc: no ss or lsof needed."""

from __future__ import annotations

import os
import re
from typing import Any, Optional

LISTEN = "0A"


def holder(port: int) -> Optional[dict[str, Any]]:
    """{port, pid, process, unit} of the oldest process that listens there; pid 0 where none is to be seen (a container)."""
    sockets = _listening(port)
    if not sockets:
        return None
    pid = min(_holders(sockets), default=0)
    return {"port": port, "pid": pid, "process": _process(pid), "unit": unit_of(pid)}


def unit_of(pid: int) -> str:
    """The systemd unit that a process belongs to, "" where none."""
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            groups = file.read()
    except OSError:
        return ""
    named = re.search(r"^(?:0::|\d+:name=systemd:)(?:.*/)?([^/\n]+\.(?:service|scope))", groups, re.MULTILINE)
    return named[1] if named else ""


def _listening(port: int) -> set[str]:
    """Socket inodes."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        found |= {row[9] for row in rows if row[3] == LISTEN and int(row[1].rsplit(":", 1)[1], 16) == port}
    return found


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
