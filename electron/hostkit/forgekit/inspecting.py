"""A closer look at one app that runs here: its code, its packages, its variables, what it writes. Nothing of it is run, and
no value of a variable is told."""

from __future__ import annotations

import glob
import os
import re
import stat
from typing import Any, Iterator, NamedTuple, Optional

from . import dbus, files, names, ports, processes, running, venvs
from .failure import Failure

MOST_BYTES = 5 << 30
SHOWN = 50
_ABOVE = frozenset("/ /bin /boot /dev /etc /home /lib /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /usr/share /var /var/lib /var/www".split())
_JUNK = frozenset("__pycache__ node_modules .git .hg .svn .tox .nox .mypy_cache .pytest_cache .ruff_cache .cache .local .config .ssh .gnupg .npm .idea .vscode .venv".split())
_PERSONAL = re.compile(r"\.(bash|zsh|python|sqlite|psql|mysql|node_repl|viminfo|lesshst|wget|sudo_as|profile|cloud|Xauth|netrc|gitconfig|pgpass)[\w.-]*$")
# What systemd, the venv or we ourselves set: not the app's own.
NOT_ITS_OWN = frozenset("PATH HOME USER LOGNAME SHELL PWD LANG VIRTUAL_ENV PORT SOCKET PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONPATH".split())


class Code(NamedTuple):
    """What of a folder is code, and what is not."""

    files: list[tuple[str, int, bool]]  # path, size, executable
    left_out: list[tuple[str, str]]  # path, why
    owners: set[int]  # whose files are the app's own


def one_unit(bus: dbus.Bus, unit: str) -> dict[str, Any]:
    """What running.described says of one. Failure('not-found')."""
    found = running.described(bus, [unit])
    if not found:
        raise Failure("not-found", f"no Python app runs in {names.shown(unit)}", field="unit", hint="See what runs: forgeboard adoptions scan")
    return found[0]


def checked_unit(value: Any) -> str:
    """The argument `unit`."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9:_.\\@-]{1,200}\.service", value):
        raise Failure("invalid", "a unit is named like shop.service", field="unit")
    return value


def checked_folder(value: Any) -> str:
    """The argument `folder`: an absolute path of a folder that is one app's and no more, without links."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value or len(value) > 4000:
        raise Failure("invalid", "the folder is an absolute path on the server", field="folder")
    path = os.path.realpath(value)
    if path in _ABOVE or path.startswith(("/proc/", "/sys/", "/dev/", "/srv/forgeboard")):
        raise Failure("invalid", f"{names.shown(path)} is not the folder of one app", field="folder", hint="Say which folder its code is in: --folder PATH")
    if not os.path.isdir(path):
        raise Failure("not-found", f"{names.shown(path)} is not a folder on the server", field="folder")
    return path


def code(folder: str, owners: set[int]) -> Code:
    """What of a folder is code: all but packages, caches, version control and what is personal to a user. Links are left out,
    and so are files with a second name that belong to somebody else than the app: they may lead to what the app cannot read."""
    found: list[tuple[str, int, bool]] = []
    left: list[tuple[str, str]] = []
    total = 0
    for place, folders, entries, descriptor in os.fwalk(folder, follow_symlinks=False):
        prefix = "" if place == folder else place[len(folder) + 1 :] + "/"
        for name in list(folders):
            reason = _junk_folder(name, descriptor)
            if reason is not None:
                folders.remove(name)
                if reason:
                    left.append((prefix + name, reason))
        for name in entries:
            try:
                about = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:
                continue
            reason = _reason(prefix + name, name, about, owners)
            if reason is None:
                found.append((prefix + name, about.st_size, bool(about.st_mode & 0o111)))
                total += about.st_size
            elif reason:
                left.append((prefix + name, reason))
        if len(found) > names.FILES or total > MOST_BYTES:
            raise Failure("limit", f"{folder} has more than {names.FILES} files or 5 GB", hint="Say which folder its code is in: --folder PATH", field="folder")
    return Code(sorted(found), left, owners)


def _junk_folder(name: str, descriptor: int) -> Optional[str]:
    """Why a folder is not code, "" where nobody misses it, None where it is."""
    if name in _JUNK:
        return ""
    try:
        if stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
            return "a link"
        os.stat(f"{name}/pyvenv.cfg", dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return None
    return ""


def _reason(path: str, name: str, about: os.stat_result, owners: set[int]) -> Optional[str]:
    if name.endswith((".pyc", ".pyo", ".swp", ".sock", ".pid")) or name == ".DS_Store" or _PERSONAL.fullmatch(name):
        return ""
    if stat.S_ISLNK(about.st_mode):
        return "a link"
    if not stat.S_ISREG(about.st_mode):
        return "" if stat.S_ISSOCK(about.st_mode) else "a device or pipe"
    if about.st_nlink > 1 and about.st_uid not in owners:
        return "it has a second name elsewhere, and another owner"
    problem = names.path_problem(path)
    return problem


def folder_facts(folder: str, code: Code, unit: dict[str, Any], words: list[str], module: Optional[str], root: str) -> dict[str, Any]:
    """What the move has to know of the folder."""
    prefix = "" if root == "." else root + "/"
    top = {path for path, _, _ in code.files}
    wanted = module.replace(".", "/") if module else None
    return {
        "path": folder,
        "files": len(code.files),
        "bytes": sum(size for _, size, _ in code.files),
        "leftOut": [{"path": path[:1000], "why": why[:300]} for path, why in code.left_out[:SHOWN]],
        "written": sorted(set(_written(folder, code, unit, words)))[:SHOWN],
        "requirements": [name for name in ("requirements.txt", "requirements/production.txt", "requirements/prod.txt") if prefix + name in top],
        "dotenv": prefix + ".env" in top,
        "module": wanted is None or bool({f"{prefix}{wanted}.py", f"{prefix}{wanted}/__init__.py"} & top),
    }


def _written(folder: str, code: Code, unit: dict[str, Any], words: list[str]) -> Iterator[str]:
    """Files that the app itself writes there: open for writing now, databases of SQLite, and what changed since it started
    and belongs to its user; but for logs and the like that its command line names."""
    named = {os.path.join(unit["folder"], word.rpartition("=")[2]) for word in words}
    for pid in members(unit["unit"]):
        for path in _open_for_writing(pid):
            if path.startswith(folder + "/") and path not in named:
                yield path[len(folder) + 1 :]
    owner = _uid(unit["user"])
    for path, size, _ in code.files:
        if os.path.join(folder, path) in named:
            continue
        try:
            descriptor = os.open(f"{folder}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            about = os.fstat(descriptor)
            fresh = unit["since"] is not None and about.st_mtime > unit["since"] and about.st_uid == owner and not path.endswith(".py")
            if fresh or size >= 16 and os.read(descriptor, 16) == b"SQLite format 3\0":
                yield path
        finally:
            os.close(descriptor)


def members(unit: str) -> list[int]:
    """The processes of a unit."""
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and ports.unit_of(int(pid)) == unit]


def _open_for_writing(pid: int) -> Iterator[str]:
    try:
        for entry in os.listdir(f"/proc/{pid}/fd"):
            with open(f"/proc/{pid}/fdinfo/{entry}", encoding="ascii") as file:
                flags = re.search(r"^flags:\s*([0-7]+)", file.read(), re.M)
            if flags and int(flags[1], 8) & 3:
                path = os.readlink(f"/proc/{pid}/fd/{entry}")
                if path.startswith("/") and not path.endswith(" (deleted)"):
                    yield path
    except OSError:
        return


def _uid(user: str) -> int:
    import pwd

    try:
        return int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    except KeyError:
        return -1


def owners(unit: dict[str, Any], folder: str) -> set[int]:
    """Whose files in the folder are the app's."""
    return {_uid(unit["user"]), os.stat(folder).st_uid}


def groups(user: str) -> list[str]:
    """Groups of a user besides its own and nginx's: a slot has another user, who is in none of them."""
    import grp
    import pwd

    try:
        known = pwd.getpwnam(user)
        listed = [grp.getgrgid(number).gr_name for number in os.getgrouplist(user, known.pw_gid)]
    except KeyError:
        return []
    return [] if user == "root" else [name for name in listed if name not in (user, "www-data", "nogroup", "users")][:20]


class Packages(NamedTuple):
    """A venv's packages, read from their metadata: its Python is not run, since it is the app's own."""

    path: str
    python: str
    system: bool  # the system's packages are seen through it
    pinned: list[str]  # name==version
    local: list[str]  # installed from a folder or an address: no version says what they are


def packages(program: str) -> Optional[Packages]:
    """Of the venv that a program lies in; None where it lies in none."""
    venv = os.path.dirname(os.path.dirname(program))
    settings = files.read_text(f"{venv}/pyvenv.cfg", 1 << 16) if venv.startswith("/") else None
    if settings is None:
        return None
    system = bool(re.search(r"^include-system-site-packages\s*=\s*true\s*$", settings, re.M | re.I))
    version = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", settings, re.M)
    places = [f"{venv}/lib/{entry}/site-packages" for entry in (os.listdir(f"{venv}/lib") if os.path.isdir(f"{venv}/lib") else []) if re.fullmatch(r"python3\.\d+", entry)]
    pinned, local = set(), set()
    for place in places:
        for entry in os.listdir(place):
            # By the folder's name: what lies in it may be anything.
            found = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._]{0,200})-([A-Za-z0-9][A-Za-z0-9.!+_]{0,100}?)(?:-py3\.\d+)?\.(?:dist|egg)-info", entry)
            if found is None or found[1].lower() in ("pip", "setuptools", "wheel", "pkg_resources"):
                continue
            if os.path.lexists(f"{place}/{entry}/direct_url.json"):
                local.add(found[1])
            else:
                pinned.add(f"{found[1].replace('_', '-')}=={found[2]}")
    return Packages(venv, version[1] if version else "", system, sorted(pinned, key=str.lower), sorted(local))


class Environment(NamedTuple):
    values: dict[str, str]
    refused: list[str]  # names that no app of ours may have, or whose value cannot be kept
    pointing: list[str]  # names whose value is a path in the app's folder
    elsewhere: bool  # PYTHONPATH leads out of the folder


def environment(bus: dbus.Bus, unit: dict[str, Any], words: list[str], folder: str) -> Environment:
    """The variables that its unit gives to the app, with the values that it runs with."""
    said, listed = bus.properties([(unit["unit"], dbus.SERVICE, "Environment"), (unit["unit"], dbus.SERVICE, "EnvironmentFiles")])
    declared = {entry.partition("=")[0] for entry in said or []}
    for pattern, _ in listed or []:
        for _, line in (line for path in glob.glob(pattern) for line in running.lines(path)):
            found = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", line)
            if found:
                declared.add(found[1])
    values = processes.variable(unit["pid"], declared)
    for number, word in enumerate(words[1:], 1):
        given = word if words[number - 1] in ("-e", "--env") else word[6:] if word.startswith("--env=") else ""
        name, equals, value = given.partition("=")
        if equals:
            values[name] = value
    elsewhere = any(part and os.path.realpath(part) != folder for part in values.get("PYTHONPATH", "").split(":"))
    own = {name: value for name, value in values.items() if name not in NOT_ITS_OWN}
    refused = sorted(name for name, value in own.items() if names.variable_name_problem(name) or names.variable_value_problem(value))
    kept = {name: value for name, value in own.items() if name not in refused}
    return Environment(kept, refused, sorted(name for name, value in kept.items() if f"{folder}/" in f"{value}/"), elsewhere)


def words_of(bus: dbus.Bus, unit: str) -> list[str]:
    """A unit's command line as it is: it may hold secrets."""
    (starts,) = bus.properties([(unit, dbus.SERVICE, "ExecStart")])
    return list(starts[0][1]) if starts else []


def pythons() -> list[str]:
    """Versions that the host has, as a spec names them."""
    return [os.path.basename(path)[len("python") :] for path in venvs.installed() if venvs.can_make_venv(path)]
