"""What a host and its apps use right now, read from /proc and the control groups once a second while somebody looks."""

from __future__ import annotations

import os
import re
import time
from typing import Any, Optional

from . import names, originals, paths

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
UNITS_EVERY = 5.0  # seconds between two looks at which units there are
FIRST = 0.25  # seconds to the first sample: rates need two readings
# Not a way out of the machine, or counted again on the interface below it.
_INNER = re.compile(r"lo$|veth|docker|br-|virbr|tun|tap|wg|bond|dummy|ifb")
# Whole disks; partitions, loops, device mapper and RAID would count the same bytes twice.
_DISK = re.compile(r"(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$")
_UNIT = re.compile(r"forgeboard-([a-z0-9-]+)\.[a-z][a-z0-9-]*@[ab]\.service$")
# Where the groups of units lie: one tree (v2), or one a controller (v1), and systemd's own, which every host has.
_V2 = "/sys/fs/cgroup"
_ACCOUNTS = ("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpuacct")
_MEMORY = "/sys/fs/cgroup/memory"
_SYSTEMD = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")


def follow(call: Any) -> dict[str, Any]:
    """Emits a sample a second until cancelled: {at, cpu, memory, disk, network, uptime, apps} as metricSample in actions.ts
    says. Argument: seconds, between samples (1 to 60). Answers {samples}."""
    every = names.whole(call.arguments.get("seconds", 1), "seconds", 1, 60)
    before = Reading()
    samples = 0
    wait = FIRST
    while not call.cancelled.wait(wait):
        now = Reading(before)
        call.emit(sample(before, now))
        before = now
        samples += 1
        # In step with the clock, so that a slow reading does not add up.
        wait = max(0.05, every - (time.monotonic() - now.clock))
    return {"samples": samples}


class Reading:
    """Counters and levels at one moment."""

    def __init__(self, before: Optional["Reading"] = None) -> None:
        self.clock = time.monotonic()
        self.at = time.time()
        self.busy, self.total, self.cores = _processor()
        self.disk = _disks()
        self.network = _network()
        if before is None or self.clock - before.listed_at > UNITS_EVERY:
            self.units, self.listed_at = _units(), self.clock
        else:
            self.units, self.listed_at = before.units, before.listed_at
        self.apps: dict[str, tuple[float, int]] = {}  # seconds of processor, bytes of memory
        for app, group in self.units:
            seconds, memory = _usage(group)
            told = self.apps.get(app, (0.0, 0))
            self.apps[app] = (told[0] + seconds, told[1] + memory)


def sample(before: Reading, now: Reading) -> dict[str, Any]:
    """What happened between two readings."""
    seconds = max(0.001, now.clock - before.clock)
    memory = _memory()
    room = os.statvfs(paths.APPS if os.path.isdir(paths.APPS) else "/")

    def rate(new: int, old: int) -> float:
        return round(max(0, new - old) / seconds, 1)  # a counter that starts again counts from nothing

    return {
        "at": round(now.at, 3),
        "cpu": {"used": _share(now.busy - before.busy, now.total - before.total), "cores": now.cores, "load": [round(value, 2) for value in os.getloadavg()]},
        "memory": memory,
        "disk": {
            "used": (room.f_blocks - room.f_bfree) * room.f_frsize,
            "total": room.f_blocks * room.f_frsize,
            "readRate": rate(now.disk[0], before.disk[0]),
            "writeRate": rate(now.disk[1], before.disk[1]),
        },
        "network": {"inRate": rate(now.network[0], before.network[0]), "outRate": rate(now.network[1], before.network[1])},
        "uptime": _uptime(),
        "apps": [
            {"app": app, "cpu": round(max(0.0, used - before.apps.get(app, (used, 0))[0]) / seconds, 4), "memory": size}
            for app, (used, size) in sorted(now.apps.items())
        ],
    }


def _share(part: int, whole: int) -> float:
    return round(min(1.0, max(0.0, part / whole)), 4) if whole > 0 else 0.0


def _processor() -> tuple[int, int, int]:
    """Busy and all ticks since the start, and how many processors there are."""
    lines = _text("/proc/stat").split("\n")
    numbers = [int(word) for word in lines[0].split()[1:9]]  # user nice system idle iowait irq softirq steal; guests are in user
    idle = numbers[3] + numbers[4]
    cores = sum(1 for line in lines if re.match(r"cpu\d", line))
    return sum(numbers) - idle, sum(numbers), max(1, cores)


def _memory() -> dict[str, int]:
    found = {name: int(size) * 1024 for name, size in re.findall(r"^(\w+):\s+(\d+) kB", _text("/proc/meminfo"), re.M)}
    total = found.get("MemTotal", 0)
    return {"used": max(0, total - found.get("MemAvailable", total)), "total": total, "swapUsed": max(0, found.get("SwapTotal", 0) - found.get("SwapFree", 0))}


def _disks() -> tuple[int, int]:
    """Bytes read from and written to disks since the start."""
    read = written = 0
    for line in _text("/proc/diskstats").split("\n"):
        words = line.split()
        if len(words) > 9 and _DISK.match(words[2]):
            read += int(words[5]) * 512
            written += int(words[9]) * 512
    return read, written


def _network() -> tuple[int, int]:
    """Bytes in and out since the start, over the interfaces that lead out."""
    received = sent = 0
    for line in _text("/proc/net/dev").split("\n")[2:]:
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) > 8 and not _INNER.match(name.strip()):
            received += int(words[0])
            sent += int(words[8])
    return received, sent


def _uptime() -> float:
    words = _text("/proc/uptime").split()
    return float(words[0]) if words else 0.0


def _units() -> list[tuple[str, str]]:
    """Apps and the control groups of their slots that run, below whichever tree shows systemd's units."""
    taken = {known["unit"]: app for app in originals.apps() for known in [originals.record(app)] if known}
    for root in (_V2, *_SYSTEMD, *_ACCOUNTS):
        found = []
        for below in ("/system.slice", *(f"/system.slice/{name}" for name in _entries(f"{root}/system.slice") if name.startswith("system-forgeboard"))):
            for name in _entries(root + below):
                unit = _UNIT.match(name)
                if unit or name in taken:
                    found.append((unit[1] if unit else taken[name], f"{below}/{name}"))
        if found:
            return found
    return []


def _usage(group: str) -> tuple[float, int]:
    """Seconds of processor and bytes of memory of a control group; from its processes where no controller says."""
    seconds = _number(_V2 + group + "/cpu.stat", r"usage_usec (\d+)", 1e-6)
    if seconds is None:
        for root in _ACCOUNTS:
            seconds = seconds if seconds is not None else _number(root + group + "/cpuacct.usage", r"(\d+)", 1e-9)
    memory = _number(_V2 + group + "/memory.current", r"(\d+)", 1)
    if memory is None:
        memory = _number(_MEMORY + group + "/memory.usage_in_bytes", r"(\d+)", 1)
    if seconds is None or memory is None:
        by_process = _processes(group)
        seconds = by_process[0] if seconds is None else seconds
        memory = by_process[1] if memory is None else memory
    return seconds, int(memory)


def _processes(group: str) -> tuple[float, int]:
    """The same, added up over the processes that live: one that has ended takes its seconds with it."""
    seconds, memory = 0.0, 0
    for root in (_V2, *_SYSTEMD):
        members = _text(f"{root}{group}/cgroup.procs").split()
        for member in members:
            words = _text(f"/proc/{member}/stat").rpartition(")")[2].split()
            if len(words) > 21:
                seconds += (int(words[11]) + int(words[12])) / TICKS
                sizes = _text(f"/proc/{member}/statm").split()
                memory += (int(words[21]) - int(sizes[2])) * PAGE if len(sizes) > 2 else 0
        if members:
            break
    return seconds, max(0, memory)


def _number(path: str, pattern: str, unit: float) -> Optional[float]:
    found = re.search(pattern, _text(path))
    return int(found[1]) * unit if found else None


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _text(path: str) -> str:
    """'' where it cannot be read: units come and go between two looks."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
