"""A host as a whole: looking at it, preparing it for apps, taking the kit off again."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
from typing import Any, Callable, NamedTuple, Optional

from . import FORMAT, commands, facts, files, kit, packages, paths, pip, ports
from .failure import Failure, require

REGISTRY = "# ForgeBoard's apps on this host. You may edit it: what you write here is applied with the next plan.\n# Comments, order and keys that ForgeBoard does not know are kept.\n"
DIRECTORIES = re.compile(r"(/etc|/srv|/var/lib|/usr/local/lib)/forgeboard(/[a-z0-9][a-z0-9._-]*)*")
FILES = re.compile(
    r"/etc/forgeboard/([a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*"
    r"|/etc/(systemd/system|tmpfiles\.d|nginx/conf\.d|logrotate\.d)/forgeboard[a-z0-9.@_-]*"
)
USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}")

Step = Callable[[bool], tuple[str, bool]]  # dry -> what it does in words, whether that changes (or would change) something


class Wanted(NamedTuple):
    """The arguments of prepare, checked."""

    packages: list[str]
    directories: list[tuple[str, int]]
    files: list[tuple[str, str, int]]
    sudo_user: Optional[str]
    kit: bytes


def check(call: Any) -> dict[str, Any]:
    """Reads what the host is like and writes nothing. {packages: [name], which to look for beside the usual}. Answers hostFacts."""
    return facts.read(_package_names(call))


def prepare(call: Any) -> dict[str, Any]:
    """Makes the host ready for apps; a second run changes nothing. Cut anywhere, the next run completes it.

    {dry, packages: [name], directories: [{path, mode}], files: [{path, content, mode}], sudoUser: name or null}, body: the
    kit to install. dry: says what would change and does nothing. Emits step and output events; answers {steps}.
    Failure port-taken, busy, kit-mismatch, missing-requirement, disk-full, invalid.
    """
    dry = bool(call.arguments.get("dry"))
    wanted = _read(call)
    _refuse(wanted)
    unit = facts.unit_state("nginx.service")
    steps: dict[str, Step] = {
        "packages": lambda dry: _packages(call, wanted, dry),
        "directories": lambda dry: _directories(wanted, dry),
        "registry": lambda dry: _file(paths.REGISTRY, REGISTRY, 0o644, dry, keep=True),
        "format": lambda dry: _file(paths.FORMAT_FILE, f"{FORMAT}\n", 0o644, dry),
        **({"files": lambda dry: _files(wanted, dry)} if wanted.files else {}),
        "kit": lambda dry: ("Install the kit, run only while ForgeBoard is connected", _kit(wanted, dry)),
        **({"sudo": lambda dry: _sudo(wanted.sudo_user or "", dry)} if wanted.sudo_user else {}),
        "nginx": lambda dry: _nginx(unit, dry),
    }
    return {"steps": _run(call, steps, dry)}


def uninstall(call: Any) -> dict[str, Any]:
    """Removes the kit, its sudo rules and locks. Apps with all that is theirs stay, and run on. {dry}; answers {steps}."""
    dry = bool(call.arguments.get("dry"))
    steps: dict[str, Step] = {
        "locks": lambda dry: ("Remove the locks of deployments", _remove_locks(dry)),
        "sudo": lambda dry: ("Remove the sudo rules", _remove_matching(paths.SUDOERS_DIRECTORY, r"forgeboard-.*", dry)),
        # Last: without it the rest could not be done again.
        "kit": lambda dry: ("Remove the kit", _remove_matching(paths.KIT_DIRECTORY, r".*", dry)),
    }
    done = _run(call, steps, dry)
    if not dry and os.path.isdir(paths.KIT_DIRECTORY):
        os.rmdir(paths.KIT_DIRECTORY)
    return {"steps": done}


def _run(call: Any, steps: dict[str, Step], dry: bool) -> list[dict[str, Any]]:
    done = []
    for name, step in steps.items():
        call.check()
        call.emit({"type": "step", "name": name, "status": "running"})
        try:
            text, changed = step(dry)
        except BaseException:
            call.emit({"type": "step", "name": name, "status": "failed"})
            raise
        call.emit({"type": "step", "name": name, "status": "done" if changed else "skipped", "detail": text})
        done.append({"name": name, "text": text, "changed": changed})
    return done


def _read(call: Any) -> Wanted:
    arguments = call.arguments
    names = _package_names(call)
    directories = [(entry["path"], int(entry["mode"])) for entry in arguments.get("directories", [])]
    texts = [(entry["path"], entry["content"], int(entry["mode"])) for entry in arguments.get("files", [])]
    user = arguments.get("sudoUser")
    for path, mode in directories:
        require(DIRECTORIES.fullmatch(path) and mode & ~0o777 == 0, "invalid", f"{path!r} is not ForgeBoard's", field="directories")
    for path, _, mode in texts:
        require(FILES.fullmatch(path) and mode & ~0o777 == 0, "invalid", f"{path!r} is not ForgeBoard's", field="files")
    if user is not None:
        require(USER.fullmatch(user), "invalid", f"{user!r} is not a user name", field="sudoUser")
        try:
            pwd.getpwnam(user)
        except KeyError:
            raise Failure("invalid", f"the host has no user {user}", field="sudoUser") from None
    return Wanted(names, directories, texts, user, kit.read_body(call))


def _package_names(call: Any) -> list[str]:
    names = list(call.arguments.get("packages", []))
    for name in names:
        require(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name), "invalid", f"{name!r} is not a package name", field="packages")
    return names


def _refuse(wanted: Wanted) -> None:
    """What is in the way, said before anything is done."""
    require(facts.format_version() <= FORMAT, "kit-mismatch", "a newer ForgeBoard has set up this host", hint="Update ForgeBoard on this computer.")
    require(os.path.exists("/usr/bin/apt-get"), "unsupported", "the host has no apt-get", hint="Supported: Debian 11 to 13, Ubuntu 22.04 to 26.04.")
    require(facts.systemd(), "unsupported", "the host does not run systemd")
    nginx = facts.nginx()
    require(not nginx["masked"], "missing-requirement", "nginx is masked: somebody turned it off on purpose", hint="systemctl unmask nginx")
    if nginx["active"]:
        return
    for port in (80, 443):
        holder = ports.holder(port)
        if holder is not None:
            raise _port_taken(holder)


def _port_taken(holder: dict[str, Any]) -> Failure:
    who = f"{holder['process'] or 'a process in a container'}{' (' + holder['unit'] + ')' if holder['unit'] else ''}, process {holder['pid']}"
    if holder["process"] == "nginx":
        return Failure("port-taken", f"nginx runs outside systemd: {who}", hint="Stop it (nginx -s quit) and run prepare again, so that there are not two.", facts=holder)
    return Failure(
        "port-taken",
        f"port {holder['port']} is held by {who}",
        hint="ForgeBoard needs nginx, which starts there. Stop or move the other server first: ForgeBoard never stops what is not its own.",
        facts=holder,
    )


def _packages(call: Any, wanted: Wanted, dry: bool) -> tuple[str, bool]:
    lacking = packages.missing(wanted.packages)
    if lacking and not dry:
        packages.install(call, lacking, lambda text: call.emit({"type": "output", "step": "packages", "text": text}))
    return f"Install {' and '.join(lacking or wanted.packages)}", bool(lacking)


def _directories(wanted: Wanted, dry: bool) -> tuple[str, bool]:
    wrong = [(path, mode) for path, mode in wanted.directories if not _is_directory(path, mode)]
    if not dry:
        for path, mode in wrong:
            files.ensure_directory(path, mode)
    return "Make the folders of ForgeBoard in /etc, /srv, /usr/local/lib and /var/lib", bool(wrong)


def _is_directory(path: str, mode: int) -> bool:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    return (found.st_mode, found.st_uid, found.st_gid) == (0o040000 | mode, 0, 0)


def _file(path: str, content: str, mode: int, dry: bool, keep: bool = False) -> tuple[str, bool]:
    """keep: whatever lies there already stays as it is."""
    if keep and os.path.lexists(path):
        return f"Make {path}", False
    changed = not files.same(path, content, mode) if dry else files.write_atomic(path, content, mode)
    return f"Make {path}", changed


def _files(wanted: Wanted, dry: bool) -> tuple[str, bool]:
    changed = [path for path, content, mode in wanted.files if _file(path, content, mode, dry)[1]]
    return f"Write {', '.join(changed or [path for path, _, _ in wanted.files])}", bool(changed)


def _kit(wanted: Wanted, dry: bool) -> bool:
    """The kit, and pip as it uses it."""
    changed = kit.put(wanted.kit, dry)
    return pip.put(dry) or changed


def _sudo(user: str, dry: bool) -> tuple[str, bool]:
    # A name in capitals could be an alias for other users: their number cannot.
    who = f"#{pwd.getpwnam(user).pw_uid}" if user.isupper() else user
    rule = f"# Lets ForgeBoard run its kit without a password. The kit can do anything: this is the same as being root.\n{who} ALL=(root) NOPASSWD: {paths.KIT_SCRIPT}\n"
    path = paths.sudoers_file(user)
    text = f"Let {user} run the kit as root without a password ({path})"
    if dry:
        return text, not files.same(path, rule, 0o440)

    def verify(candidate: str) -> None:
        checked = commands.run(["visudo", "-c", "-f", candidate])
        require(checked.code == 0, "bug", "sudo does not take ForgeBoard's rule", facts={"log": checked.output.splitlines()[-10:]})

    return text, files.write_atomic(path, rule, 0o440, verify=verify)


def _nginx(unit: dict[str, str], dry: bool) -> tuple[str, bool]:
    """unit: its state before the first step, since Debian's package starts nginx by itself."""
    changed = unit.get("ActiveState") != "active" or unit.get("UnitFileState") != "enabled"
    if changed and not dry:
        started = commands.run(["systemctl", "enable", "--now", "nginx.service"])
        if started.code != 0:
            raise _nginx_failure(started.output)
    return "Start nginx, now and at boot", changed


def _nginx_failure(said: str) -> Failure:
    tested = commands.run(["nginx", "-t"])
    named = re.search(r"\[emerg\] (?:\d+#\d+: )?(.*)", tested.output)  # with the time before it where stderr is no terminal
    if tested.code != 0 and named is not None:
        return Failure("config-invalid", f"nginx does not start: {named[1]}", hint="Mend that file and run prepare again.", facts={"log": tested.output.splitlines()[-20:]})
    return Failure("start-failed", "nginx does not start", hint="See: journalctl -u nginx", facts={"log": said.splitlines()[-20:]})


def _remove_locks(dry: bool) -> bool:
    if not os.path.isdir(paths.LOCKS):
        return False
    for entry in sorted(os.listdir(paths.LOCKS)):
        if not entry.endswith(".warm"):  # a slot that waits is thrown away by whoever needs it
            _refuse_held(f"{paths.LOCKS}/{entry}", entry)
    return _remove_matching(paths.LOCKS, r".*", dry)


def _refuse_held(path: str, name: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure("busy", f"a deployment of {name} is running", hint="Wait until it has ended.") from None
    finally:
        os.close(descriptor)


def _remove_matching(folder: str, pattern: str, dry: bool) -> bool:
    try:
        found = [entry for entry in sorted(os.listdir(folder)) if re.fullmatch(pattern, entry)]
    except FileNotFoundError:
        return False
    if not dry:
        for entry in found:
            files.remove(f"{folder}/{entry}")
    return bool(found)
