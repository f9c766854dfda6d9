"""What the kit's process becomes where files are wanted with root's rights: a program of the host, in one of its folders.

The client sends {"id", "program", "folder"} and nothing more until it is answered. It sends one byte then, and from that on
what goes in and out is the program's own. The arguments are those of electron/engine/files/remote.ts.
"""

from __future__ import annotations

import os
import signal
from typing import Any, Callable

from . import files, spare
from .failure import Failure

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "look": ("/usr/bin/find", ".", "-mindepth", "1", "-maxdepth", "1", "-printf", r"%y\0%Y\0%s\0%m\0%T@\0%u\0%g\0%f\0%l\0"),
    "list": ("/usr/bin/find", ".", "-mindepth", "1", "-printf", r"%y %s %m %T@ %P\0"),
    "pack": ("/usr/bin/tar", "--create", "--file=-", "--no-recursion", "--null", "--verbatim-files-from", "--files-from=-"),
    "unpack": ("/usr/bin/tar", "--extract", "--file=-", "--preserve-permissions", "--no-same-owner"),
    "empty": ("/usr/bin/find", ".", "-mindepth", "1", "-delete"),
}
# Where Debian and others have OpenSSH's server of files.
SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server")


def program(wanted: dict[str, Any], uid: int) -> Callable[[int, int], None]:
    """Goes to the folder and finds the program; what is returned becomes it, on these descriptors. uid: of who signed in,
    from whose home a relative path goes on. Raises Failure not-found, denied, missing-requirement."""
    name, folder = str(wanted.get("program")), str(wanted.get("folder"))
    arguments = _sftp() if name == "sftp" else ARGUMENTS.get(name)
    if arguments is None:
        raise Failure("kit-mismatch", f"this kit does not know the program {name!r}", hint="Update the kit: run prepare again.")
    if not os.access(arguments[0], os.X_OK):
        raise Failure("missing-requirement", f"the host has no {arguments[0]}")
    _go(os.path.join(_home(uid), folder), name)
    return lambda source, sink: _become(arguments, source, sink, name == "look")


def _sftp() -> tuple[str, ...]:
    found = next((path for path in SFTP_SERVERS if os.access(path, os.X_OK)), None)
    if found is None:
        raise Failure("missing-requirement", "the host has no sftp-server", hint="Install it: apt install openssh-sftp-server")
    return (found,)


def _home(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_dir
    except KeyError:
        return "/"


def _go(folder: str, name: str) -> None:
    try:
        # What is written or deleted is not led elsewhere by a link that somebody put in the way since it was looked at.
        descriptor = files.open_directory(folder) if name in ("unpack", "empty") else os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if name == "unpack" and os.fstat(descriptor).st_uid != os.geteuid():
            raise Failure("conflict", f"{folder} is somebody else's", field="path")
        os.fchdir(descriptor)
    except OSError as error:
        raise Failure("not-found", f"{folder} is no folder of the host ({error.strerror})", field="path") from error


def _become(arguments: tuple[str, ...], source: int, sink: int, tells: bool) -> None:
    os.read(source, 1)
    os.dup2(source, 0)
    os.dup2(sink, 1)
    if tells:
        os.write(1, os.fsencode(os.getcwd()) + b"\0")
    os.umask(0o022)
    spare.spare(spare.NOBODY)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and so would the program
    os.execve(arguments[0], arguments, {"PATH": os.environ["PATH"], "LC_ALL": "C"})
