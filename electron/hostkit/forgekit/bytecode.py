"""Bytecode of a release's sources, kept by source and interpreter, so that a deployment compiles only what is new."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import time
from typing import Optional

from . import compiling, objects, paths, releases

LIMIT = 64 << 20  # bytes of one compiled file
SECONDS = 180.0
NEW = ".new"  # only the holder of the app's lock writes these
ATTEMPTS = 4  # a source that crashes the compiler is left out and the rest is tried again


class Target:
    """For whom to compile: the interpreter of the venv, and the app's user."""

    def __init__(self, python: str, tag: str, uid: int, gid: int) -> None:
        self.python = python
        self.tag = tag
        self.uid = uid
        self.gid = gid

    @property
    def ours(self) -> bool:
        """The kit runs in the same interpreter, so a fork of it can compile: that takes 2 ms instead of 30."""
        return self.python == os.path.realpath(sys.executable)


class Missing:
    """Sources of a tree that have no bytecode yet."""

    def __init__(self, app: str, target: Target, folders: "_Folders", sources: dict[str, list[str]], keys: dict[str, str]) -> None:
        self._app = app
        self._target = target
        self._folders = folders
        self._sources = sources  # by the object that their bytecode will be
        self._keys = keys

    def __len__(self) -> int:
        return len(self._sources)

    def compile(self) -> None:
        """Compiles and links them. What does not compile is left out: the app runs without it, or says by itself what is wrong."""
        if not self._sources:
            return
        made = _compile([(compiled, objects.path(self._app, self._keys[compiled]), names[0]) for compiled, names in self._sources.items()], self._target)
        for compiled, content in made:
            _keep(compiled, content, self._target.gid)
        objects.make_durable([f"{compiled}{NEW}" for compiled, _ in made])
        for compiled, _ in made:
            os.rename(f"{compiled}{NEW}", compiled)
        for compiled, names in self._sources.items():
            for name in names:
                self._folders.link(name, compiled)
        self._sources = {}


def link(app: str, number: int, entries: list[releases.Entry], target: Target) -> Missing:
    """Links the bytecode that is kept into the tree's __pycache__ folders; gives what lacks."""
    base, tag = paths.objects(app), target.tag
    folders = _Folders(paths.release(app, number), tag, target.gid)
    sources: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    for name, key, _ in entries:
        if name.endswith(".py"):
            compiled = f"{base}/{key[:2]}/{key[2:64]}.{tag}.pyc"
            if not folders.link(name, compiled):
                sources.setdefault(compiled, []).append(name)
                keys[compiled] = key
    return Missing(app, target, folders, sources, keys)


class _Folders:
    """The __pycache__ folders of a tree, made as they are needed."""

    def __init__(self, tree: str, tag: str, gid: int) -> None:
        self._tree = tree
        self._tag = tag
        self._gid = gid
        self._made: set[str] = set()

    def link(self, name: str, compiled: str) -> bool:
        """False where there is no such bytecode."""
        folder, _, file = name.rpartition("/")
        cache = f"{self._tree}/{folder}/__pycache__" if folder else f"{self._tree}/__pycache__"
        if cache not in self._made:
            os.mkdir(cache, 0o700)
            os.chown(cache, 0, self._gid)
            os.chmod(cache, 0o750)
            self._made.add(cache)
        target = f"{cache}/{file[:-3]}.{self._tag}.pyc"
        try:
            os.link(compiled, target)
        except FileNotFoundError:
            return False
        except OSError:
            releases.link(compiled, target, self._gid)
        return True


def _keep(compiled: str, content: bytes, gid: int) -> None:
    descriptor = os.open(f"{compiled}{NEW}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.fchown(descriptor, 0, gid)
        os.fchmod(descriptor, 0o440)
    finally:
        os.close(descriptor)


def _compile(todo: list[tuple[str, str, str]], target: Target) -> list[tuple[str, bytes]]:
    """(object path, bytecode) of what compiles. todo: object path, source, name of each."""
    done: list[tuple[str, bytes]] = []
    for _ in range(ATTEMPTS):
        if not todo:
            break
        contents = _run([(path, name) for _, path, name in todo], target)
        done += [(entry[0], content) for entry, content in zip(todo, contents) if content]
        todo = todo[len(contents) + 1 :]
    return done


def _run(sources: list[tuple[str, str]], target: Target) -> list[bytes]:
    """Bytecode of the sources in order, b"" for what does not compile; shorter where the process died at one."""
    source, sink = os.pipe()
    child = _fork(sources, target, source, sink) if target.ours else _start(sources, target, sink)
    os.close(sink)
    try:
        return _receive(source, len(sources))
    finally:
        os.close(source)
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(child, 0)


def _fork(sources: list[tuple[str, str]], target: Target, source: int, sink: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        for number in (signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        close_all_but(sink)
        compiling.confine(target.uid, target.gid)
        compiling.compile_all(sources, sink)
    finally:
        os._exit(0)


def _start(sources: list[tuple[str, str]], target: Target, sink: int) -> int:
    text = compiling.__loader__.get_source(compiling.__name__)
    listing = os.memfd_create("sources", os.MFD_CLOEXEC)
    with open(os.dup(listing), "wb") as file:
        file.write("\n".join("\0".join(pair) for pair in sources).encode())
    os.lseek(listing, 0, os.SEEK_SET)
    try:
        process = subprocess.Popen(
            [target.python, "-I", "-S", "-c", text, str(target.uid), str(target.gid)], stdin=listing, stdout=sink, stderr=subprocess.DEVNULL
        )
    finally:
        os.close(listing)
    process.returncode = 0  # _run waits for it itself
    return process.pid


def _receive(source: int, count: int) -> list[bytes]:
    deadline = time.monotonic() + SECONDS
    contents: list[bytes] = []
    while len(contents) < count:
        head = _exactly(source, 4, deadline)
        if head is None:
            break
        (length,) = struct.unpack(">I", head)
        content = _exactly(source, length, deadline) if length <= LIMIT else None
        if content is None:
            break
        contents.append(content)
    return contents


def _exactly(source: int, count: int, deadline: float) -> Optional[bytes]:
    parts = []
    while count:
        if not select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return None
        part = os.read(source, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def close_all_but(*kept: int) -> None:
    """After a fork: locks, sockets and other apps' files are not the child's. 0, 1 and 2 are /dev/null by then."""
    for entry in os.listdir("/proc/self/fd"):
        descriptor = int(entry)
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                pass  # the descriptor of the listing itself
