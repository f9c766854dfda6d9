"""Debian packages, by apt-get: what is missing, who is at it already, and installing without a question."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import struct
import tempfile
import time
from typing import Any, Callable, Optional, Sequence

from . import commands
from .failure import Failure

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock")
PATIENCE = 120.0  # seconds that we wait for somebody else's installation

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    "NEEDRESTART_SUSPEND": "1",  # Ubuntu's would restart services of others
}
OPTIONS = (
    *("-y", "-q", "--no-install-recommends"),
    *("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"),  # a changed configuration file stays
    *("-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=30"),
)


def missing(names: Sequence[str]) -> list[str]:
    """Those that are not completely installed, in the given order."""
    shown = commands.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\\n", *names], errors=False).output
    installed = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def lock_holder() -> Optional[str]:
    """Who is installing packages right now, as "apt-get (process 812)". Looks at the locks and takes none."""
    for path in LOCKS:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, _, _, _, pid = struct.unpack("hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
        finally:
            os.close(descriptor)
        if kind != fcntl.F_UNLCK:
            return f"{_name(pid)} (process {pid})" if pid > 0 else "a process in a container"
    return None


def install(call: Any, names: Sequence[str], say: Callable[[str], None]) -> None:
    """Installs the packages. Cancelling is heeded until dpkg starts to unpack; from there on it is finished first."""
    environment = {**os.environ, **ENVIRONMENT}
    _wait(call, say)
    if os.listdir("/var/lib/dpkg/updates"):
        say("An earlier installation was cut: finishing it first\n")
        commands.stream(["dpkg", "--configure", "-a", "--force-confdef", "--force-confold"], say, environment)
    # Some foreign source that is down must not be in the way: whether ours is there shows the installation.
    _stoppable(call, ["apt-get", "update", "-q", "-o", "DPkg::Lock::Timeout=30"], say, environment)
    _wait(call, say)
    fetched = _stoppable(call, ["apt-get", "install", "--download-only", *OPTIONS, *names], say, environment)
    if fetched.code == 0:
        fetched = commands.stream(["apt-get", "install", *OPTIONS, *names], say, environment)
    if fetched.code != 0 and (half := half_unpacked()):
        say(f"An earlier installation was cut while it unpacked {', '.join(half)}: unpacking that anew\n")
        for package in half:
            _unpack(package, say, environment)
        fetched = commands.stream(["apt-get", "install", *OPTIONS, *names], say, environment)
    if fetched.code != 0 or missing(names):
        raise _explain(fetched.output, names)


def half_unpacked() -> list[str]:
    """Packages that dpkg will not configure before they are unpacked again, for it was killed in the middle of that
    (dpkg(1), reinst-required). apt asks it to configure them all the same."""
    shown = commands.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Eflag}\\n"], errors=False).output
    return [line.split()[0] for line in shown.splitlines() if line.endswith(" reinstreq")]


def _unpack(package: str, say: Callable[[str], None], environment: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # As root: apt's own user cannot write there, and says so.
        commands.stream(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package], say, environment, folder=folder)
        archives = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".deb")]
        if archives:
            commands.stream(["dpkg", "--unpack", "--force-confdef", "--force-confold", *archives], say, environment)


def _wait(call: Any, say: Callable[[str], None]) -> None:
    limit = time.monotonic() + PATIENCE
    told = None
    while (holder := lock_holder()) is not None:
        if holder != told:
            say(f"Waiting for {holder}, which is installing packages\n")
            told = holder
        if time.monotonic() > limit:
            raise Failure("busy", f"packages are being installed by {holder}", hint="Try again when it has ended.", facts={"holder": holder})
        if call.cancelled.wait(0.3):
            break
    call.check()


def _stoppable(call: Any, arguments: list[str], say: Callable[[str], None], environment: dict[str, str]) -> commands.Outcome:
    """For what may be ended at any moment: updating the lists and downloading."""

    def started(process: Any) -> None:
        call.on_cancel(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGTERM))

    outcome = commands.stream(arguments, say, environment, started)
    call.check()
    return outcome


def _explain(output: str, names: Sequence[str]) -> Failure:
    complaints = re.findall(r"^E: (.*)$", output, re.MULTILINE)
    facts = {"packages": list(names), "log": output.splitlines()[-50:]}
    what = " and ".join(names)
    if any("No space left" in line or "enough free space" in line for line in output.splitlines()):
        return Failure("disk-full", f"there is no room to install {what}", hint="Free some room and run prepare again.", facts=facts)
    if any("Could not get lock" in line for line in complaints):
        return Failure("busy", f"{what} could not be installed: {complaints[0]}", hint="Try again when it has ended.", facts=facts)
    reason = complaints[0] if complaints else "apt-get failed"
    return Failure("missing-requirement", f"{what} could not be installed: {reason}", hint="Mend apt on the host and run prepare again: it goes on where it stopped.", facts=facts)


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "somebody"
