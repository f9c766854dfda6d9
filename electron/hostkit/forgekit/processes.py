"""What runs on this host, from /proc: command lines without what may be secret in them, and who listens where."""

from __future__ import annotations

import os
import re
import socket
import struct
from typing import NamedTuple, Optional

from . import ports, slots

TEXT = 65536  # bytes that are read of a command line
DOTS = "•••"
# Options of gunicorn and uvicorn whose values tell nothing secret, and those that have none. What is not among them is
# shown without its value.
_VALUES = frozenset(
    "-b --bind -w --workers -k --worker-class --threads -t --timeout --graceful-timeout --keep-alive --max-requests --max-requests-jitter -c --config "
    "--chdir -u --user -g --group -m --umask -p --pid -n --name --log-level --log-file --error-logfile --access-logfile --log-config --capture-output "
    "--worker-tmp-dir --worker-connections --backlog --forwarded-allow-ips --limit-request-line --limit-request-fields --limit-request-field_size "
    "--host --port --uds --fd --loop --http --ws --lifespan --interface --app-dir --root-path --timeout-keep-alive --timeout-graceful-shutdown "
    "--limit-concurrency --limit-max-requests --env-file --certfile --keyfile --pythonpath --ini".split()
)
_FLAGS = frozenset(
    "-D --daemon --preload --reload -R --enable-stdio-inheritance --capture-output --reuse-port --no-sendfile --disable-redirect-access-to-syslog --factory "
    "--proxy-headers --no-proxy-headers --no-access-log --access-log --use-colors --no-use-colors --server-header --no-server-header --date-header "
    "--no-date-header -m -I -s -E -B -u -O -OO".split()
)
_TARGET = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(\))?)?")


class Process(NamedTuple):
    pid: int
    parent: int
    words: list[str]  # of its command line, as they are: never to leave the host
    name: str
    unit: str
    uid: int


def all_processes() -> dict[int, Process]:
    """Everything that has a command line."""
    found = {}
    for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read(TEXT)
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                stat = file.read()
            uid = os.stat(f"/proc/{pid}").st_uid
        except OSError:  # it has ended meanwhile
            continue
        if line:
            name, _, rest = stat[stat.index("(") + 1 :].rpartition(")")
            words = line.rstrip(b"\0").decode("utf-8", "replace").split("\0")
            found[pid] = Process(pid, int(rest.split()[1]), words, name, ports.unit_of(pid), uid)
    return found


def masked(words: list[str]) -> list[str]:
    """A command line of a server for Python apps without what may be secret."""
    told: list[str] = []
    takes: Optional[bool] = None  # whether the next word is a value: that may be told, that may not, none
    for number, word in enumerate(words[:200]):
        if number == 0:
            told.append(word if re.fullmatch(r"[\w./-]{1,1000}", word) else DOTS)
        elif takes is not None:
            told.append(_value(word) if takes else _named(word))
            takes = None
        elif word.startswith("-"):
            option, equals, value = word.partition("=")
            short = option[:2] if re.fullmatch(r"-[bwktcugnp][^-=].*", option) and not option.startswith("--") else ""
            if equals:
                told.append(f"{option}={_value(value) if option in _VALUES else DOTS}")
            elif short and short in _VALUES and option not in _FLAGS:
                told.append(_value(option))
            else:
                told.append(option if re.fullmatch(r"-{1,2}[\w-]{1,60}", option) else DOTS)
                takes = None if option in _FLAGS and not _is_value_of_python(option, number, words) else option in _VALUES
        else:
            told.append(word if _TARGET.fullmatch(word) or number == 1 and re.fullmatch(r"/[\w./-]{1,1000}", word) else DOTS)
    return told


def _is_value_of_python(option: str, number: int, words: list[str]) -> bool:
    """-m and -u mean other things to Python than to gunicorn."""
    return option in ("-m", "-u") and any(re.search(r"(gunicorn|uvicorn)$", word) for word in words[:number])


def _value(word: str) -> str:
    return word if re.fullmatch(r"[\w./:@%$*{}\[\],+=-]{0,1000}", word) and not re.search(r"://[^/]*@", word) else DOTS


def _named(word: str) -> str:
    """NAME of NAME=value; nothing of anything else."""
    found = re.match(r"[A-Za-z_]\w{0,100}=", word)
    return f"{found[0]}{DOTS}" if found else DOTS


def script(words: list[str]) -> str:
    """What a Python process runs, in a few words and without its arguments: "python3 /opt/bot/bot.py", "python3 -m bot"."""
    program = os.path.basename(words[0])[:60]
    for number, word in enumerate(words[1:6], 1):
        if word == "-m" and number + 1 < len(words):
            return f"{program} -m {words[number + 1][:200]}"
        if word == "-c":
            return f"{program} -c ..."
        if not word.startswith("-"):
            return f"{program} {word[:300]}" if re.fullmatch(r"[\w./ -]+", word) else program
    return program


def listens(pids: list[int]) -> list[str]:
    """Where processes accept connections: "unix:/run/shop.sock", "127.0.0.1:8000", "[::1]:8000"."""
    inodes: set[str] = set()
    for pid in pids:
        try:
            inodes |= {link[8:-1] for link in (os.readlink(f"/proc/{pid}/fd/{entry}") for entry in os.listdir(f"/proc/{pid}/fd")) if link.startswith("socket:[")}
        except OSError:
            continue
    found: list[str] = []
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        for line in file:
            words = line.rstrip("\n").split(None, 7)
            if len(words) == 8 and words[6] in inodes and words[7].startswith("/") and int(words[3], 16) & slots.LISTENS:
                found.append(f"unix:{words[7]}")
    return sorted({*found, *(f"{_address(address)}:{port}" for port, inode, address in ports.sockets() if inode in inodes)})


def _address(text: str) -> str:
    """An address as /proc writes it: words of four bytes, each in the order of the machine."""
    raw = b"".join(struct.pack("<I", int(text[at : at + 8], 16)) for at in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET, raw) if len(raw) == 4 else f"[{socket.inet_ntop(socket.AF_INET6, raw)}]"


def variable(pid: int, names: set[str]) -> dict[str, str]:
    """The values that a process was started with, of these names only."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            whole = file.read(4 << 20)
    except OSError:
        return {}
    pairs = (entry.decode("utf-8", "surrogateescape").partition("=") for entry in whole.split(b"\0"))
    return {name: value for name, _, value in pairs if name in names}
