"""Compiles sources to bytecode in a process of its own, as the app's user: they are hostile until shown otherwise, and
a compiler can be crashed. Uses nothing of the kit, because another interpreter may be given this file's text."""

import importlib.util
import os
import resource
import struct
import sys

# Private, but the way py_compile itself writes hash-based pycs, the same from 3.7 to 3.14.
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]

SECONDS = 120
MEMORY = 1 << 30


def confine(uid, gid):
    """Gives up root and anything more than memory and time for compiling."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("0")  # the deployment that it comes from is spared
    except OSError:
        pass
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    for limit, value in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))


def compile_all(sources, sink):
    """Writes for each (path, name) in order its length (4 bytes, big-endian; 0 where it does not compile) and bytecode."""
    for path, name in sources:
        compiled = b""
        try:
            with open(path, "rb") as file:
                source = file.read()
            # Unchecked: releases share sources by hard links, so their times say nothing, and an edit of the same size
            # in the same second would be served stale. The import system sets the file name to where it was loaded.
            code = compile(source, name, "exec", dont_inherit=True, optimize=0)
            compiled = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
        except Exception:  # the app says so itself, if it ever imports that file
            pass
        content = memoryview(struct.pack(">I", len(compiled)) + compiled)
        while content:
            content = content[os.write(sink, content) :]


if __name__ == "__main__":
    confine(int(sys.argv[1]), int(sys.argv[2]))
    compile_all([line.split("\0") for line in sys.stdin.read().split("\n") if line], 1)
