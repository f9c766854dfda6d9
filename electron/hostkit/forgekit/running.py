"""Python apps that run on this host without ForgeBoard: units with what systemd says of them, and what is started in other
ways. Reads only, and tells no environment and no argument that may be secret."""

from __future__ import annotations

import glob
import os
import re
from typing import Any, Iterator, Optional

from . import dbus, files, nginxtree, processes
from .failure import Failure
from .processes import Process

SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve")
MOST = 200  # of each list
_PYTHON = re.compile(r"(python|pypy)[\d.]*$")
# Programs of the system itself that happen to be written in Python.
_SYSTEM = re.compile(r"^/usr/(s?bin|lib|libexec|share)/(?!python3/dist-packages/(?:gunicorn|uvicorn))|^/usr/local/lib/forgeboard/|^/lib/|^/snap/")
_RELATIONS = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "TriggeredBy", "PropagatesStopTo")
_CONFINING = ("RootDirectory", "RootImage", "DynamicUser", "StateDirectory", "CacheDirectory", "SupplementaryGroups", "LoadCredential", "PassEnvironment", "PrivateNetwork")
_UNIT_NAMES = ("FragmentPath", "DropInPaths", "ActiveState", "SubState", "UnitFileState", "ActiveEnterTimestamp", *_RELATIONS)
_SERVICE_NAMES = (
    *("Type", "MainPID", "ExecStart", "ExecStartPre", "ExecStartPost", "WorkingDirectory", "User", "Group", "ControlGroup", "MemoryMax", "Environment", "EnvironmentFiles"),
    *_CONFINING,
)


def scan() -> dict[str, Any]:
    """{units: [unit...], others: [other...], nginx: nginx} as runningUnit, runningOther and nginxFacts of actions.ts say."""
    running = processes.all_processes()
    children = _by_unit(running)
    with dbus.Bus() as bus:
        known = described(bus, [unit for unit in children if unit.endswith(".service") and not _is_ours(unit)], children)
    others = [*_started_otherwise(running, {one["unit"] for one in known}), *_apache(), *_cron()]
    return {"units": known[:MOST], "others": others[:MOST], "nginx": nginx()}


def nginx() -> dict[str, Any]:
    """Where nginx leads. problem: why nothing can be said of it."""
    try:
        tree = nginxtree.read()
    except nginxtree.NotThere:
        return {"problem": None, "servers": [], "upstreams": [], "digests": {}}
    except nginxtree.NotUnderstood as problem:
        return {"problem": str(problem)[:500], "servers": [], "upstreams": [], "digests": {}}
    return {"problem": None, "servers": nginxtree.servers(tree)[:1000], "upstreams": nginxtree.upstreams(tree)[:1000], "digests": tree.digests}


def described(bus: dbus.Bus, units: list[str], members: Optional[dict[str, list[Process]]] = None) -> list[dict[str, Any]]:
    """Units that run a server for Python apps, or Python itself, by what systemd says of them."""
    asked = [(unit, dbus.UNIT, name) for unit in units for name in _UNIT_NAMES] + [(unit, dbus.SERVICE, name) for unit in units for name in _SERVICE_NAMES]
    values: dict[str, dict[str, Any]] = {unit: {} for unit in units}
    for (unit, _, name), value in zip(asked, bus.properties(asked)):
        values[unit][name] = value
    members = _by_unit(processes.all_processes()) if members is None else members
    return [one for unit in sorted(units) for one in [_unit(unit, values[unit], members.get(unit, []))] if one is not None]


def _unit(unit: str, said: dict[str, Any], members: list[Process]) -> Optional[dict[str, Any]]:
    starts = [list(one[1]) for one in said["ExecStart"] or []]
    path = said["FragmentPath"] or ""
    if not path or not starts or not starts[0] or path.startswith(("/lib/", "/usr/lib/")) and not _server(starts[0]):
        return None  # of a user's own systemd, or part of the system
    server = _server(starts[0])
    if server is None and not _PYTHON.search(os.path.basename(starts[0][0])):
        return None
    main = said["MainPID"] or 0
    return {
        "unit": unit,
        "path": path,
        "dropins": list(said["DropInPaths"] or [])[:50],
        "state": said["ActiveState"] or "",
        "enabled": said["UnitFileState"] or "",
        "type": said["Type"] or "",
        "pid": main,
        "since": (said["ActiveEnterTimestamp"] or 0) / 1e6 or None,
        "server": server or "python",
        "words": processes.masked(starts[0]),
        "starts": len(starts),
        "folder": _folder(said["WorkingDirectory"], main),
        "user": said["User"] or "root",
        "listens": processes.listens([one.pid for one in members])[:20],
        "memoryMax": said["MemoryMax"] if 0 < (said["MemoryMax"] or 0) < 1 << 60 else None,
        "before": len(said["ExecStartPre"] or []) + len(said["ExecStartPost"] or []),
        "related": sorted({str(other) for name in _RELATIONS for other in said[name] or [] if not str(other).endswith(".target")})[:20],
        "confined": [name for name in _CONFINING if said[name]],
    }


def _folder(said: Optional[str], pid: int) -> str:
    """Where it runs: "!" before it in systemd's words says that it may lack."""
    if said and said not in ("/", "~"):
        return said.lstrip("!-")
    try:
        return os.readlink(f"/proc/{pid}/cwd") if pid else ""
    except OSError:
        return ""


def _server(words: list[str]) -> Optional[str]:
    """The server for Python apps that a command line starts: by its program, or by python's -m."""
    for number, word in enumerate(words[:6]):
        name = os.path.basename(word)
        if name in SERVERS or name == "uwsgi":
            return name
        if number and not word.startswith("-") and words[number - 1] != "-m" and not word.startswith("/"):
            return None
    return None


def _is_ours(unit: str) -> bool:
    return unit.startswith("forgeboard-")


def _by_unit(running: dict[int, Process]) -> dict[str, list[Process]]:
    found: dict[str, list[Process]] = {}
    for one in running.values():
        found.setdefault(one.unit, []).append(one)
    return {unit: members for unit, members in found.items() if unit and any(_is_python(one) for one in members)}


def _is_python(one: Process) -> bool:
    program = os.path.basename(one.words[0])
    return bool(_PYTHON.search(program)) or program.startswith(("uwsgi", *SERVERS)) or one.name.startswith(("gunicorn", "uvicorn", "uwsgi", "python"))


def _started_otherwise(running: dict[int, Process], units: set[str]) -> Iterator[dict[str, Any]]:
    """Python processes that no unit of their own stands for: the first of each family."""
    own = os.getpid()
    for pid, one in sorted(running.items()):
        above = list(_above(running, pid))
        if one.unit in units or _is_ours(one.unit) or not _is_python(one) or any(_is_python(other) for other in above if other.name != "supervisord"):
            continue
        if pid == own or any(other.pid == own for other in above) or any(_SYSTEM.match(word) for word in one.words[1:2] if not _server([word])) or _SYSTEM.match(one.words[0]) and not _server(one.words) and not one.words[1:]:
            continue
        kind = _kind(one, above)
        program = processes.variable(pid, {"SUPERVISOR_PROCESS_NAME"}).get("SUPERVISOR_PROCESS_NAME", "") if kind == "supervisor" else ""
        yield {
            "kind": kind,
            "what": processes.script(one.words) if _server(one.words) is None else " ".join(word for word in processes.masked(one.words) if word != processes.DOTS)[:500],
            "where": program[:200] or _folder(None, pid),
            "pid": pid,
            "user": _user(one.uid),
            "listens": processes.listens([pid, *(other.pid for other in running.values() if other.parent == pid)])[:20],
        }


def _kind(one: Process, above: list[Process]) -> str:
    names = {other.name for other in above}
    if one.name.startswith("uwsgi") or os.path.basename(one.words[0]).startswith("uwsgi"):
        return "uwsgi"
    if "supervisord" in names or any(word.endswith("supervisord") for other in above for word in other.words[:3]):
        return "supervisor"
    if any(name.lower().startswith(("screen", "tmux")) for name in names):
        return "screen"
    if any(name.startswith(("containerd-shim", "conmon", "docker")) for name in names):
        return "container"
    return "cron" if "cron" in names else "process"


def _above(running: dict[int, Process], pid: int) -> Iterator[Process]:
    for _ in range(100):
        parent = running.get(running[pid].parent) if pid in running else None
        if parent is None or parent.pid <= 1:
            return
        yield parent
        pid = parent.pid


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _apache() -> Iterator[dict[str, Any]]:
    for path in sorted(glob.glob("/etc/apache2/sites-enabled/*") + glob.glob("/etc/apache2/conf-enabled/*")):
        for number, line in lines(path):
            found = re.match(r"\s*WSGIScriptAlias(?:Match)?\s+\S+\s+\"?(/[\w./-]+)", line, re.IGNORECASE)
            if found:
                yield {"kind": "apache", "what": f"mod_wsgi {found[1]}", "where": f"{path}:{number}", "pid": 0, "user": "", "listens": []}


def _cron() -> Iterator[dict[str, Any]]:
    for path in ["/etc/crontab", *sorted(glob.glob("/etc/cron.d/*")), *sorted(glob.glob("/var/spool/cron/crontabs/*"))]:
        for number, line in lines(path):
            found = re.search(r"(?<![\w/])((?:/[\w./-]*/)?python[\d.]*)(?:\s+-[A-Za-z]{1,3})*(?:\s+(-m\s+[\w.]+|[\w./-]+\.py))?(?![\w/])|(?<!\w)(/[\w./-]+\.py)(?!\w)", line)
            if found and not line.lstrip().startswith("#"):
                times = re.match(r"\s*(@\w+|(?:\S+\s+){4}\S+)", line)
                what = found[3] or f"{os.path.basename(found[1])} {found[2] or ''}".strip()
                yield {"kind": "cron", "what": f"{what}, at {' '.join(times[1].split())}" if times else what, "where": f"{path}:{number}", "pid": 0, "user": "", "listens": []}


def lines(path: str) -> Iterator[tuple[int, str]]:
    try:
        text = files.read_bytes(os.path.realpath(path), 1 << 20) or b""
    except (Failure, OSError):
        return
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines()[:10000], 1):
        yield number, line[:4000]
