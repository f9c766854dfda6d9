"""Commands of an app that end: installing packages, hooks. Each runs as the app's user in a transient unit of its own, as
strict as a build can bear: it may compile and fetch, but sees no other app and writes only where it is told.

What the sandbox leaves out a build needs, and test/hostkit/exposure.host.test.ts shows each: the network (PrivateNetwork=,
IPAddressDeny=any, RestrictAddressFamilies=none), memory that is written and run (MemoryDenyWriteExecute=) and the host's own
programs (RootDirectory=)."""

from __future__ import annotations

import os
import subprocess
from typing import Callable, Sequence

from .commands import run as run_command

SANDBOX = [
    *(
        "NoNewPrivileges=yes PrivateTmp=yes PrivateDevices=yes PrivateUsers=yes ProtectSystem=strict ProtectHome=yes ProtectKernelTunables=yes "
        "ProtectKernelModules=yes ProtectKernelLogs=yes ProtectControlGroups=yes ProtectClock=yes ProtectHostname=yes ProtectProc=invisible "
        "ProcSubset=pid RestrictNamespaces=yes RestrictRealtime=yes RestrictSUIDSGID=yes LockPersonality=yes RemoveIPC=yes KeyringMode=private "
        "CapabilityBoundingSet= AmbientCapabilities= SystemCallArchitectures=native SystemCallErrorNumber=EPERM IPAddressDeny=169.254.0.0/16 "
        "UMask=0077 RuntimeMaxSec=1800 TasksMax=512"
    ).split(),
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
]
KEPT = 65536  # bytes of output for whoever looks for the reason


class Place:
    """Where a command runs: its user, its folder, what it sees. hidden: a folder of which it sees only what follows."""

    def __init__(
        self,
        user: str,
        folder: str,
        hidden: str = "",
        readable: Sequence[str] = (),
        writable: Sequence[str] = (),
        environment_files: Sequence[str] = (),
    ) -> None:
        settings = [f"User={user}", f"Group={user}", f"WorkingDirectory={folder}"]
        settings += [f"TemporaryFileSystem={hidden}:ro"] if hidden else []
        settings += [f"BindReadOnlyPaths={path}" for path in readable]
        settings += [f"{name}={path}" for path in writable for name in ("BindPaths", "ReadWritePaths")]
        settings += [f"EnvironmentFile=-{path}" for path in environment_files]
        self.properties = [*SANDBOX, *settings]


def unit(app: str) -> str:
    """One an app at a time, under a fixed name, so that the next deployment can end one that was left over."""
    return f"forgeboard-build-{app}.service"


def run(app: str, place: Place, command: Sequence[str], output: Callable[[str], None]) -> tuple[int, list[str]]:
    """Runs it to its end; output gets its text as it comes. Gives its exit status and the last lines of its text, without
    empty ones. When the caller is interrupted the command ends with it, and all that it started."""
    words = ["systemd-run", "--wait", "--pipe", "--collect", "--quiet", "--service-type=exec", f"--unit={unit(app)}"]
    words += [word for setting in place.properties for word in ("-p", setting)]
    run_command(["systemctl", "stop", unit(app)])  # one that a deployment which was cut left behind
    process = subprocess.Popen([*words, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    kept = b""
    try:
        while True:
            part = os.read(process.stdout.fileno(), 16384)
            if not part:
                break
            output(part.decode("utf-8", "replace"))
            kept = (kept + part)[-KEPT:]
        status = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        run_command(["systemctl", "stop", unit(app)])
        raise
    return status, [line for line in kept.decode("utf-8", "replace").splitlines() if line.strip()]
