"""What processes take of the memory, and whether there is enough of it for a slot more."""

from __future__ import annotations

from typing import Optional

from . import dbus, files

LEAST = 64 << 20  # bytes that must stay free on the smallest machine
PROCESSES = ("/sys/fs/cgroup{}/cgroup.procs", "/sys/fs/cgroup/systemd{}/cgroup.procs", "/sys/fs/cgroup/unified{}/cgroup.procs")


def shortage(live: int) -> Optional[str]:
    """Why there is no room for a slot that waits: the deploy that takes it needs as much again as what runs now, and a
    tenth of the machine stays free. live: bytes."""
    found = {}
    for line in (files.read_text("/proc/meminfo") or "").splitlines():
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0]) * 1024 if rest.split() else 0
    needed = live + max(LEAST, found.get("MemTotal", 0) // 10)
    available = found.get("MemAvailable", 0)
    return None if available >= needed else f"memory is short: {available >> 20} MB are available, {needed >> 20} MB are needed"


def of(bus: dbus.Bus, unit: str) -> Optional[int]:
    """What the processes of a unit take, bytes; what they share with others in parts."""
    (group,) = bus.properties([(unit, dbus.SERVICE, "ControlGroup")])
    for pattern in PROCESSES if group else ():
        try:
            with open(pattern.format(group), encoding="ascii") as file:
                return sum(_share(int(pid)) for pid in file.read().split())
        except OSError:
            continue
    return None


def _share(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0
