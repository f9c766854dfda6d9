"""Virtual environments, one a set of requirements: venvs/<key>. Made once, shared by every release that asks for the
same, owned by root so that the app cannot change its own packages. A venv counts once its .complete is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from hashlib import sha256
from typing import Any, Callable, Optional

from . import confined, files, objects, paths, pip
from .failure import Failure
from .releases import Entry

COMPLETE = ".complete"
TEXT_LIMIT = 1 << 20
PIP_CONFIGURATION = ("/etc/pip.conf", "/etc/xdg/pip/pip.conf")

class Plan:
    """What a release needs: `key` names the venv, the rest makes it."""

    def __init__(self, key: str, python: str, version: str, requirements: list[str], extra: list[str], hashed: bool = False) -> None:
        self.key = key
        self.python = python
        self.version = version
        self.requirements = requirements
        self.extra = extra
        self.hashed = hashed

    @property
    def tag(self) -> str:
        """How the interpreter names its bytecode."""
        return "cpython-" + "".join(self.version.split(".")[:2])


def plan(app: str, spec: dict[str, Any], entries: list[Entry]) -> Plan:
    """Reads the requirement files from the objects. Failure('build-failed') where one is not among the files."""
    keys = {name: key for name, key, _ in entries}
    requirements = [requirements_path(spec["root"], name) for name in spec["dependencies"]["files"]]
    texts: dict[str, str] = {}
    for name in requirements:
        _collect(app, name, keys, texts, name)
    installed = _local(texts, keys)
    local = sorted((name, keys[name]) for name in installed)
    wanted = {_project(line) for text in texts.values() for line in text.splitlines()}
    named = {_project(package) for package in spec.get("packages", [])}
    extra = spec.get("packages", []) + [package for package in spec["server"] if _project(package) not in wanted | named]
    python, version = interpreter(spec["python"])
    whole = [1, python, version, os.uname().machine, sorted(texts.items()), local, extra, _pip_configuration()]
    return Plan(sha256(json.dumps(whole).encode()).hexdigest()[:32], python, version, requirements, extra, any("--hash=" in text for text in texts.values()))


def requirements_path(root: Any, name: Any) -> str:
    """Of a requirement file in the release: it is told as seen from the app's folder, which may lie below it."""
    return os.path.normpath(os.path.join(str(root), str(name)))


def _collect(app: str, name: str, keys: dict[str, str], texts: dict[str, str], asked: str) -> None:
    if name in texts:
        return
    if name not in keys:
        raise Failure("build-failed", f"{asked} is not in the folder" if name == asked else f"{asked} includes {name}, which is not in the folder")
    texts[name] = (files.read_bytes(objects.path(app, keys[name]), TEXT_LIMIT) or b"").decode("utf-8", "replace")
    for line in texts[name].splitlines():
        found = re.match(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*([^\s#]+)", line)
        if found and "://" not in found[1]:
            _collect(app, os.path.normpath(os.path.join(os.path.dirname(name), found[1])), keys, texts, name)


def _local(texts: dict[str, str], keys: dict[str, str]) -> set[str]:
    """Files of the release that are installed themselves (./wheels/x.whl, -e ., file:...): they belong to the key."""
    found: set[str] = set()
    for name, text in texts.items():
        for line in text.splitlines():
            target = re.match(r"\s*(?:(?:-e|--editable|-f|--find-links)[\s=]*)?(?:[\w.-]+\s*@\s*)?((?:file:|\.|[\w./-]+\.(?:whl|zip|tar\.gz)\s*$)[^\s;#\[]*)", line)
            if target:
                place = os.path.normpath(os.path.join(os.path.dirname(name), target[1].replace("file:", "", 1)))
                found |= {key for key in keys if place == "." or key == place or key.startswith(place + "/")}
    return found


def _project(line: str) -> str:
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _pip_configuration() -> list[str]:
    texts = [files.read_text(path, TEXT_LIMIT) or "" for path in PIP_CONFIGURATION]
    return texts + [f"{name}={value}" for name, value in sorted(pip_environment().items())]


def pip_environment() -> dict[str, str]:
    """PIP_* of /etc/environment."""
    found = {}
    for line in (files.read_text("/etc/environment", TEXT_LIMIT) or "").splitlines():
        parts = re.match(r"\s*(?:export\s+)?(PIP_[A-Z_]+)=(['\"]?)(.*)\2\s*$", line)
        if parts:
            found[parts[1]] = parts[3]
    return found


def interpreter(asked: Optional[str]) -> tuple[str, str]:
    """(versioned path, full version) of the interpreter asked for; the newest that can make a venv where None."""
    if asked is not None:
        if not os.access(asked, os.X_OK):
            raise Failure("missing-requirement", f"{asked} is not on the server", hint="Python versions there: " + ", ".join(installed()))
        path = os.path.realpath(asked)
    else:
        able = [path for path in installed() if can_make_venv(path)]
        if not able:
            raise Failure("missing-requirement", "no Python on the server can make virtual environments", hint="Run prepare again: it installs python3-venv.")
        path = os.path.realpath(able[0])
    if path == os.path.realpath(sys.executable):
        return path, ".".join(str(part) for part in sys.version_info[:3])
    answer = subprocess.run([path, "-I", "-S", "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, timeout=20)
    if answer.returncode:
        raise Failure("missing-requirement", f"{path} does not run")
    return path, answer.stdout.strip()


def installed() -> list[str]:
    """Interpreters by versioned path, newest first."""
    found = []
    for folder in ("/usr/bin", "/usr/local/bin"):
        for entry in os.listdir(folder):
            version = re.fullmatch(r"python3\.(\d{1,2})", entry)
            if version:
                found.append((int(version[1]), f"{folder}/{entry}"))
    return [path for _, path in sorted(found, reverse=True)]


def can_make_venv(python: str) -> bool:
    """Debian ships ensurepip and pip's wheel with python3.N-venv only."""
    folder = os.path.dirname(os.path.dirname(python))
    return os.path.isdir(f"{folder}/lib/{os.path.basename(python)}/ensurepip")


def folder(app: str, key: str) -> str:
    return f"{paths.venvs(app)}/{key}"


def complete(app: str, key: str) -> bool:
    return os.path.exists(f"{folder(app, key)}/{COMPLETE}")


def plan_of(app: str, key: str) -> Optional[Plan]:
    """The plan of a venv that is there, from what it says of itself: enough to run a release in it. None where it is not."""
    text = files.read_text(f"{folder(app, key)}/{COMPLETE}") if re.fullmatch(r"[0-9a-f]{32}", key) else None
    said = json.loads(text) if text else None
    return Plan(key, said["python"], said["version"], [], []) if said else None


def make(app: str, wanted: Plan, tree: str, uid: int, gid: int, output: Callable[[str], None]) -> None:
    """Makes the venv of a plan. pip runs as the app's user, confined; output gets its text as it comes. Failure
    ('build-failed') with pip's reason in one line. Leaves no half-made venv."""
    at = folder(app, wanted.key)
    installer = pip.path()
    _discard(at)
    try:
        # Without pip's own copy: 0.05 s instead of 3.65 s.
        made = subprocess.run([wanted.python, "-I", "-m", "venv", "--without-pip", at], capture_output=True, text=True, timeout=120)
        if made.returncode:
            raise Failure("build-failed", f"the virtual environment could not be made: {_last_line(made.stderr or made.stdout)}")
        _give(at, uid, gid)
        if wanted.requirements or wanted.extra:
            _install(app, at, installer, wanted, tree, output)
        _take_back(at)
        os.sync()  # else a power cut could leave a venv that says it is complete and is not
        files.write_atomic(f"{at}/{COMPLETE}", json.dumps({"python": wanted.python, "version": wanted.version}), 0o644)
    except BaseException:
        _discard(at)
        raise


def _install(app: str, at: str, installer: str, wanted: Plan, tree: str, output: Callable[[str], None]) -> None:
    place = confined.Place(paths.user(app), tree, hidden=paths.APPS, readable=[tree], writable=[at], environment_files=["/etc/environment"])
    # PIP_* and proxies of the host come from /etc/environment: they may hold passwords, so never in an argument list.
    environment = ["HOME=/tmp", "LANG=C.UTF-8", f"PYTHONPATH={installer}", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1"]
    command = [f"{at}/bin/python", "-m", "pip", "install", "--no-cache-dir", "--no-warn-script-location", "--progress-bar=off"]
    asked = [word for name in wanted.requirements for word in ("-r", f"{tree}/{name}")]
    # pip compares hashes of all or of none, and what is added has none: then it comes after.
    runs = [asked, wanted.extra] if wanted.hashed and wanted.extra else [asked + wanted.extra]
    for words in runs:
        _pip(app, at, place, ["/usr/bin/env", *environment, *command, *words], output)


def _pip(app: str, at: str, place: confined.Place, command: list[str], output: Callable[[str], None]) -> None:
    status, lines = confined.run(app, place, command, output)
    if status:
        quota = any("Disk quota exceeded" in line for line in lines)
        if quota or any("No space left on device" in line for line in lines):
            raise objects.disk_full(at, quota=quota)
        reason, hint = _reason(lines)
        raise Failure("build-failed", f"the packages could not be installed: {reason}", hint=hint, facts={"step": "packages", "log": lines[-50:], "exitCode": status})


_NO_COMPILER = re.compile(r"error: command '?([^']*?)'? failed: No such file|unable to execute '([^']+)': No such file|(?:can't|cannot) find (Rust) compiler")
_NO_HEADER = re.compile(r"fatal error: (\S+\.h(?:pp)?): No such file")


def _reason(lines: list[str]) -> tuple[str, Optional[str]]:
    """pip's own reason, and what to do where that is known. What could not be compiled is named by the package and by what it
    lacks: pip itself ends such with "not a problem with pip"."""
    lacks = next((found for line in lines for found in [_NO_COMPILER.search(line) or _NO_HEADER.search(line)] if found), None)
    if lacks is None:
        return _said(lines), None
    built = _built(lines)
    name = os.path.basename(next(group for group in lacks.groups() if group))
    wanted = "python3-dev" if name == "Python.h" else "rustc and cargo" if name == "Rust" else "the package with that file" if name.endswith((".h", ".hpp")) else "build-essential and python3-dev"
    what = "header file" if name.endswith((".h", ".hpp")) else "compiler"
    return (
        f"{built} has no ready wheel for this Python and must be compiled, but the {what} {name} is not on the server",
        f"Use a version of {built} that has a wheel, or install {wanted} on the server with apt, and deploy again.",
    )


def _built(lines: list[str]) -> str:
    """The package at which pip gave up; where it built one only to read what it is, the one that it had begun with last."""
    for pattern in (r"(?:Failed building wheel for|Building wheel for|Could not build wheels for) ([A-Za-z0-9._-]+)", r"Collecting ([A-Za-z0-9._-]+)|Processing \S*?([A-Za-z0-9_.]+?)-\d[^/ ]*$"):
        for line in reversed(lines):
            found = re.search(pattern, line)
            if found:
                return next(group for group in found.groups() if group)
    return "a package"


def _said(lines: list[str]) -> str:
    """Its last ERROR line; "No matching distribution" says more than what stands around it."""
    errors = [line[7:].strip() for line in lines if line.startswith("ERROR: ")]
    for error in errors:
        if error.startswith("No matching distribution") or "ResolutionImpossible" in error or error.startswith("Invalid requirement"):
            return error[:300]
    return (errors[-1] if errors else _last_line("\n".join(lines)))[:300]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def _give(at: str, uid: int, gid: int) -> None:
    for place, folders, entries in os.walk(at):
        os.lchown(place, uid, gid)
        for entry in entries + [name for name in folders if os.path.islink(f"{place}/{name}")]:
            os.lchown(f"{place}/{entry}", uid, gid)


def _take_back(at: str) -> None:
    """Makes all of it root's. The unit is over, so nobody of the app's is left to swap a file meanwhile; what belongs to
    nobody in a venv (devices, pipes, set-id bits) is refused or stripped."""
    for place, folders, entries in os.walk(at):
        for name in [""] + entries + [name for name in folders if os.path.islink(f"{place}/{name}")]:
            path = f"{place}/{name}" if name else place
            mode = os.lstat(path).st_mode
            os.lchown(path, 0, 0)
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                os.chmod(path, 0o755 if stat.S_ISDIR(mode) or mode & 0o100 else 0o644)
            elif not stat.S_ISLNK(mode):
                os.unlink(path)


def _discard(at: str) -> None:
    files.remove(f"{at}/{COMPLETE}")
    shutil.rmtree(at, ignore_errors=True)


def prune(app: str, used: set[str]) -> list[str]:
    """Removes the venvs that nothing names any more. Needs the app's lock or its drain lock."""
    gone = [key for key in os.listdir(paths.venvs(app)) if key not in used]
    for key in gone:
        _discard(folder(app, key))
    return gone
