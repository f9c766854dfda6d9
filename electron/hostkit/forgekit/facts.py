"""What a host is like. Reads only, judges nothing: shared/rules/checkup.ts does that. No temporary file, no cache."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from typing import Any, Optional, Sequence

from . import files, kit, packages, paths, ports, serve
from .commands import run

DISKS = ("/", "/srv", "/srv/forgeboard", "/var", "/var/lib", "/usr", "/etc", "/opt", "/tmp")
PACKAGES = ("nginx", "python3-venv", "sudo", "certbot", "apache2", "git")


def read(asked: Sequence[str] = ()) -> dict[str, Any]:
    """asked: Debian packages that are looked for beside those that a host is prepared with."""
    system, name = os.uname(), _os()
    return {
        "hostname": system.nodename,
        "os": name,
        "architecture": system.machine,
        "kernel": system.release,
        "virtualization": run(["systemd-detect-virt"], errors=False).output.strip() or "none",
        "systemd": systemd(),
        "user": {"name": serve.invoker[0], "uid": serve.invoker[1]},
        "pythons": _pythons(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory": _memory(),
        "disks": _disks(),
        "nginx": nginx(),
        "ports": [ports.holder(port) for port in (80, 443) if ports.holder(port)],
        "firewall": _firewall(),
        "clock": {"now": time.time(), "synchronized": _synchronized()},
        "reboot": _reboot(),
        "packages": {
            "manager": "apt" if os.path.exists("/usr/bin/apt-get") else "other",
            "busy": packages.lock_holder(),
            "installed": sorted({*PACKAGES, *asked} - set(packages.missing([*PACKAGES, *asked]))),
        },
        "forgeboard": _forgeboard(),
    }


def systemd() -> int:
    """Major version, 0 where PID 1 is something else."""
    if not os.path.isdir("/run/systemd/system"):
        return 0
    found = re.match(r"systemd (\d+)", run(["systemctl", "--version"]).output)
    return int(found[1]) if found else 0


def nginx() -> dict[str, Any]:
    unit = unit_state("nginx.service")
    version = re.search(r"nginx/(\S+)", run(["nginx", "-v"]).output)
    return {
        "installed": version is not None,
        "version": version[1] if version else "",
        "active": unit.get("ActiveState") in ("active", "reloading"),
        "masked": unit.get("LoadState") == "masked",
    }


def unit_state(unit: str) -> dict[str, str]:
    """LoadState, ActiveState and UnitFileState of a unit, as systemd names them."""
    shown = run(["systemctl", "show", "--property=LoadState,ActiveState,UnitFileState", unit], errors=False).output
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def format_version() -> int:
    """The form of what lies here; 0 where nothing does."""
    text = (files.read_text(paths.FORMAT_FILE) or "").strip()
    return int(text) if text.isdigit() else 0


def _os() -> dict[str, str]:
    fields = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', _text("/etc/os-release") or "", re.MULTILINE))
    identity = fields.get("ID", "")
    return {"id": identity, "version": fields.get("VERSION_ID", ""), "name": fields.get("PRETTY_NAME", identity)}


def _pythons() -> list[dict[str, Any]]:
    """The interpreters in /usr/bin from 3.9 on, the newest first. venv: it can make one, with Debian's ensurepip."""
    found = []
    for entry in os.listdir("/usr/bin"):
        named = re.fullmatch(r"python3\.(\d+)", entry)
        if named is None or int(named[1]) < 9:
            continue
        path, minor = f"/usr/bin/{entry}", int(named[1])
        if minor == sys.version_info[1] and os.path.realpath(sys.executable) == os.path.realpath(path):
            version = ".".join(str(part) for part in sys.version_info[:3])
        else:
            version = run([path, "-ISB", "-c", "import sys; print('.'.join(map(str, sys.version_info[:3])))"], errors=False).output.strip()
        if re.fullmatch(r"\d+\.\d+\.\d+", version):
            found.append((minor, {"path": path, "version": version, "venv": os.path.isdir(f"/usr/lib/{entry}/ensurepip")}))
    return [python for _, python in sorted(found, key=lambda pair: -pair[0])]


def _memory() -> dict[str, int]:
    sizes = {name: int(kib) * 1024 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", _text("/proc/meminfo") or "", re.MULTILINE)}
    return {"total": sizes.get("MemTotal", 0), "available": sizes.get("MemAvailable", 0), "swap": sizes.get("SwapTotal", 0)}


def _disks() -> list[dict[str, Any]]:
    """The file systems on which ForgeBoard would write, each once, under the path where it is mounted."""
    found: dict[int, dict[str, Any]] = {}
    for path in DISKS:
        if not os.path.isdir(path):
            continue
        device = os.stat(path).st_dev
        if device in found:
            continue
        mount = os.path.realpath(path)
        while mount != "/" and os.stat(os.path.dirname(mount)).st_dev == device:
            mount = os.path.dirname(mount)
        room = os.statvfs(path)
        found[device] = {
            "mount": mount,
            "total": room.f_blocks * room.f_frsize,
            "free": room.f_bavail * room.f_frsize,
            "inodesFree": room.f_favail,
        }
    return list(found.values())


def _firewall() -> dict[str, Any]:
    """Who filters on the host itself. Something that lets everything in is not active."""
    if re.search(r"^ENABLED=yes", _text("/etc/ufw/ufw.conf") or "", re.MULTILINE):
        return {"kind": "ufw", "active": True}
    if os.path.exists("/usr/sbin/firewalld") and unit_state("firewalld.service").get("ActiveState") == "active":
        return {"kind": "firewalld", "active": True}
    rules = run(["nft", "list", "ruleset"], errors=False)
    if rules.code == 0 and rules.output.strip():
        filters = re.search(r"hook input[^}]*?(policy drop|\b(drop|reject)\b)", rules.output) is not None
        return {"kind": "nftables", "active": filters}
    if (_text("/proc/net/ip_tables_names") or "").strip():
        return {"kind": "iptables", "active": True}
    return {"kind": "none", "active": False}


def _synchronized() -> Optional[bool]:
    """Whether the kernel's clock is steered, asked as timedatectl does but without starting its service."""
    import ctypes

    timex = ctypes.create_string_buffer(256)  # modes = 0: reads only
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return None
    status = int.from_bytes(timex.raw[40:44], sys.byteorder)
    return not status & 0x40  # STA_UNSYNC


def _reboot() -> dict[str, Any]:
    named = (_text("/run/reboot-required.pkgs") or "").split()
    return {"pending": os.path.exists("/run/reboot-required"), "packages": sorted(set(named))[:100]}


def _forgeboard() -> dict[str, Any]:
    found = kit.installed()
    rules = _list(paths.SUDOERS_DIRECTORY)
    version = format_version()
    return {
        "prepared": found is not None and version > 0,
        "format": version,
        "kit": found or "",
        "sudoers": [name[len("forgeboard-") :].replace("=2E", ".") for name in rules if name.startswith("forgeboard-")],
        "apps": len([name for name in _list(paths.APPLIED) if name.endswith(".json")]),
    }


def _list(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _text(path: str) -> Optional[str]:
    """A file of the system, links followed: os-release is one. None where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except OSError:
        return None
