"""nginx: a site is written, the whole tree tested, nginx reloaded, and then looked at whether it took it. Apps do this one
after the other. Somebody else's broken file is named and never touched."""

from __future__ import annotations

import os
import re
import time
from typing import Callable, Optional

from . import dbus, files, locks, nginxlogs, paths, ports
from .commands import run
from .failure import Failure

NGINX = "nginx.service"
TAKEN_SECONDS = 15.0  # a reload takes 80 to 115 ms to effect, on a machine that is busy seconds
WRONG_SECONDS = 5.0  # that another answer than the site's may come from a worker that is just leaving
ERROR_LOG = "/var/log/nginx/error.log"


def write(bus: dbus.Bus, app: str, text: Optional[str], back: bool = False) -> bool:
    """Puts the app's site in force (None: takes it away); True if it changed. At any failure the old text is back and in
    force; not where the text is itself one that is taken back to: then it stays. The bus must listen to JOB_SIGNALS."""
    path = paths.site(app)
    port = _port(text)
    if files.read_text(path) == text:
        return False
    lock = locks.take_shared_step("nginx")
    try:
        before = files.read_text(path)
        _require_running(bus)
        if port is not None:
            _require_port(port)
        nginxlogs.prepare(text or "")
        _put(path, text)
        try:
            test(path)
            _reload(bus, port)
            _prove(text or "", port)
        except BaseException:
            if not back:
                _put(path, before)
                _reload_quietly(bus)
            raise
        return True
    finally:
        lock.release()


def replace(bus: dbus.Bus, ours: list[str], put: Callable[[], object], undo: Callable[[], object]) -> set[str]:
    """Has files of nginx changed by put() and in force; gives the workers of before, which end what they had taken on. At any
    failure undo() is done, and what was in force is again. ours: the files, for messages. The bus must listen to JOB_SIGNALS."""
    lock = locks.take_shared_step("nginx")
    try:
        _require_running(bus)
        (master,) = bus.properties([(NGINX, dbus.SERVICE, "MainPID")])
        before = _workers(master)
        try:
            put()
            test(ours[0] if ours else "")
            _reload(bus, None)
        except BaseException:
            undo()
            _reload_quietly(bus)
            raise
        return before
    finally:
        lock.release()


def names() -> list[dict[str, str]]:
    """Whom nginx serves by name: [{name, file}...], without names that match nothing or more than one host. [] where its
    configuration is broken: test() says by what."""
    done = run(["nginx", "-T"], errors=False)
    found, file = [], ""
    for line in re.sub(r"(?<=[\s;{}])#(?! configuration file /).*", "", done.output).splitlines() if done.code == 0 else []:
        named = re.match(r"# configuration file (/.*):$", line)
        if named:
            file, rest = named[1], ""
        else:
            rest = rest + " " + line.strip() if rest else line if re.search(r"(?:^|[\s;{}])server_name(?:\s|$)", line) else ""
            if ";" in rest:
                for listed in re.findall(r"(?:^|[\s;{}])server_name\s+([^;]*);", rest):
                    found += [{"name": name.strip("\"'").lower()[:255], "file": file[:4096]} for name in listed.split() if re.fullmatch(r"[\w.\"'-]*\.[\w.\"'-]+", name)]
                rest = ""
    return found


def test(ours: str) -> None:
    """`nginx -t` on everything. Failure('config-invalid') names file and line."""
    done = run(["nginx", "-t", "-q"])
    if done.code == 0:
        return
    found = re.search(r"\[emerg\] (?:\d+#\d+: )?(.*?) in (/\S+):(\d+)", done.output)
    if not found:
        reason = re.sub(r"^nginx: \[\w+\] ", "", (done.output.strip().splitlines() or ["it gave no reason"])[0])
        raise Failure("config-invalid", f"nginx refuses its configuration: {reason[:300]}")
    reason, file, line = found[1][:300], found[2], int(found[3])
    facts = {"file": file, "line": line, "reason": reason}
    if file == ours:
        raise Failure("config-invalid", f"nginx refuses the app's site: {reason} ({file}:{line})", facts=facts)
    raise Failure("config-invalid", f"nginx refuses {file}:{line}, a file that is not the app's: {reason}", hint="Mend that file on the server, then try again. Nothing was changed.", facts=facts)


def _put(path: str, text: Optional[str]) -> None:
    if text is None:
        files.remove(path)
    else:
        files.write_atomic(path, text, 0o644)


def _require_running(bus: dbus.Bus) -> None:
    (state,) = bus.properties([(NGINX, dbus.UNIT, "ActiveState")])
    if state not in ("active", "reloading"):
        raise Failure("missing-requirement", f"nginx is not running under systemd ({state})", hint="Start it with: systemctl start nginx")


def _require_port(port: int) -> None:
    """Before anything is written: who has the port already?"""
    held = ports.holder(port)
    if held and held["process"] != "nginx":
        raise Failure("port-taken", f"port {port} is taken by {held['process'] or 'another process'} (process {held['pid']})", hint="Choose another port for the app.", field="port", facts=held)


def _reload(bus: dbus.Bus, port: Optional[int]) -> None:
    """Reloads and waits for workers of a new generation: a reload that nginx did not take starts none."""
    (master,) = bus.properties([(NGINX, dbus.SERVICE, "MainPID")])
    before = _workers(master)
    mark = _log_size()
    result = dbus.job_result(bus, bus.call("ReloadUnit", "ss", NGINX, "replace")[0], 30)
    if result != "done":
        raise Failure("config-invalid", f"nginx could not be reloaded ({result})", hint="The server's journal says why: journalctl -u nginx")
    deadline = time.monotonic() + TAKEN_SECONDS
    while not _workers(master) - before:  # they come once the new sockets are open
        if time.monotonic() > deadline:
            if port is not None:
                _require_port(port)
            raise Failure("config-invalid", f"nginx did not take its new configuration: {_log_since(mark) or 'it gave no reason'}")
        time.sleep(0.005)


def _port(text: Optional[str]) -> Optional[int]:
    found = re.search(r"^\s*listen (\d+);", text or "", re.MULTILINE)
    return int(found[1]) if found else None


def _prove(text: str, port: Optional[int]) -> None:
    """Asks nginx, for each name of the site, for the path that this text alone answers: a reload may have been taken while
    another site, or another program on that port, gets the requests. Sites of older kits have no such path."""
    mark = re.search(r"^\s*location = (/\.well-known/forgeboard-[0-9a-z]+) ", text, re.MULTILINE)
    listed = re.search(r"^\s*server_name ([^;\n]+);", text, re.MULTILINE)
    if not mark or not listed or port is None:
        return
    began = time.monotonic()
    for name in listed[1].split():
        while (status := _status(port, "localhost" if name == "_" else name, mark[1])) != 204:
            if time.monotonic() - began > (WRONG_SECONDS if status else TAKEN_SECONDS):
                who = f"what serves {name} on port {port}" if name != "_" else f"what answers on port {port}"
                said = f"answers {status}" if status else "does not answer"
                raise Failure("config-invalid", f"nginx was reloaded, but {who} is not the app's site: it {said}", hint="Which one it is: nginx -T", facts={"name": name, "port": port})
            time.sleep(0.02)


def _status(port: int, host: str, path: str) -> int:
    """What this machine itself gets there, 0 for no answer."""
    import socket

    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ForgeBoard\r\nConnection: close\r\n\r\n".encode())
            words = connection.recv(4096).split(None, 2)
    except OSError:
        return 0
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _reload_quietly(bus: dbus.Bus) -> None:
    """After the old text is back, and in force when this returns: its port may have been given up meanwhile. What runs has not
    changed if it fails."""
    try:
        if run(["nginx", "-t", "-q"]).code == 0:
            _reload(bus, None)
    except (Failure, dbus.Refused):
        pass


def _workers(master: int) -> set[str]:
    try:
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
            return set(file.read().split())
    except OSError:
        return set()


def _log_size() -> int:
    try:
        return os.path.getsize(ERROR_LOG)
    except OSError:
        return 0


def _log_since(mark: int) -> str:
    """The last grave line that nginx logged since."""
    try:
        with open(ERROR_LOG, "rb") as file:
            file.seek(mark)
            lines = file.read(65536).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    grave = [line.partition(": ")[2] for line in lines if "[emerg]" in line]
    return grave[-1][:300] if grave else ""
