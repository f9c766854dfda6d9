"""`kit serve`: answers framed requests on stdin and stdout for as long as the connection lives.

The main thread reads frames; each request runs in a thread of its own. What an action needs is imported at its first
use and after hello, so that hello is quick. The protocol is described in frames.py and in electron/hostkit/hostkit.ts.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Optional

from . import VERSION, frames, paths, spare

IDLE = 30.0  # seconds without a frame after which the client is taken for dead; clients ping every 10
READY = b"forgekit-ready\n"  # on stderr: sudo has read its password, what now comes on stdin is for the kit
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which fcntl names from Python 3.10 on
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

invoker = ("root", 0)  # name and uid of who signed in: sudo says it, and the environment is cleared


def main(nonce: Optional[bytes] = None, archive: Optional[bytes] = None, path: str = "") -> int:
    """Serves until the client is gone.

    nonce, archive: given by the loader when no kit is installed (remote.ts). path: of the installed archive.
    """
    global invoker
    os.umask(0o077)
    sys.setswitchinterval(0.0005)  # the thread that imports ahead must not keep a request waiting
    if os.environ.get("SUDO_UID", "").isdigit():
        invoker = (os.environ.get("SUDO_USER", ""), int(os.environ["SUDO_UID"]))
    os.environ.clear()
    os.environ.update(PATH=PATH, LANG="C.UTF-8", LC_ALL="C.UTF-8")
    os.chdir("/")
    source, sink = _move_away()
    if nonce is None:
        os.write(2, READY)
        nonce = _read_nonce(source)
        if nonce is None:
            return 65
    os.write(sink, frames.frame(nonce, b"J", _hello(archive, path)))
    spare.spare(spare.KIT)
    from .session import Session  # threads and JSON: after hello

    session = Session(nonce, sink, invoker[1])
    session.prepare()
    reader = frames.Reader(nonce)
    try:
        while select.select([source], [], [], IDLE)[0]:
            content = os.read(source, 1 << 18)
            if not content:
                break
            for kind, payload in reader.feed(content):
                session.take(kind, payload)
            if session.program is not None:
                session.program(source, sink)
    except frames.TooLarge as error:
        os.write(2, f"forgekit: {error}\n".encode())
    finally:
        session.end()
    return 0


def _move_away() -> tuple[int, int]:
    """Moves stdin and stdout to other descriptors, so that no child and no print can disturb the frames."""
    import fcntl

    source, sink = (fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in (0, 1))
    try:
        fcntl.fcntl(source, SET_PIPE_SIZE, 1 << 20)  # an upload comes in fewer and larger pieces
    except OSError:
        pass  # it is no pipe
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return source, sink


def _read_nonce(source: int) -> Optional[bytes]:
    """The nonce of the client's first line, `FORGEKIT <nonce>`, read byte by byte: what follows it are frames."""
    line = b""
    while not line.endswith(b"\n") and len(line) < 64:
        byte = os.read(source, 1)
        if not byte:
            return None
        line += byte
    words = line.split()
    return words[1] if len(words) == 2 and words[0] == b"FORGEKIT" and len(words[1]) == 16 else None


def _hello(archive: Optional[bytes], path: str) -> bytes:
    """{"hello": {version, hash, name, format, installed, python, uid}} written by hand: importing json takes 4 ms.

    hash: of the archive's bytes as they are now; name: the hash in the archive's file name ("" where it was not
    installed). They differ where somebody changed the file, and the client then refuses it. format: of what lies on
    this host, 0 where nothing does; an older client does not change what has a newer form.
    """
    name = os.path.basename(path)[len("kit-") : -len(".pyz")] if path.endswith(".pyz") else ""
    if archive is None and path.endswith(".pyz"):
        with open(path, "rb") as file:
            archive = file.read()
    return (
        '{"hello":{"version":"%s","hash":"%s","name":"%s","format":%d,"installed":%s,"python":"%s","uid":%d}}'
        % (
            VERSION,
            _digest(archive or b"")[:12],
            name,
            _format(),
            "true" if name else "false",
            ".".join(str(part) for part in sys.version_info[:3]),
            os.geteuid(),
        )
    ).encode()


def _format() -> int:
    try:
        with open(paths.FORMAT_FILE, "rb") as file:
            return int(file.read(16))
    except (OSError, ValueError):
        return 0


def _digest(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
