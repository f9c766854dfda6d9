"""An app's log lines, from journald."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import time
from typing import Any, Callable, Iterable, Iterator, Optional

from . import files, masking, names, originals, paths

FIELDS = "__REALTIME_TIMESTAMP,PRIORITY,_PID,MESSAGE,_SYSTEMD_UNIT,UNIT"
_RUN = ("_SYSTEMD_INVOCATION_ID", "INVOCATION_ID")  # of a process's own line, of what systemd says of a unit
TEXT_LIMIT = 32768  # characters of one line
# --all below: without it journalctl gives null for what is longer than 4096 bytes.
BATCH_BYTES = 64 << 10
BATCH_SECONDS = 0.02
EXCERPT = 50
READ = 300  # lines that are searched for the reason
# What gunicorn says around the reason, never the reason itself.
_NOISE = re.compile(r"Worker failed to boot|Shutting down: |Reason: |App failed to load|Worker \(pid:|Worker exiting|Booting worker|Starting gunicorn|Listening at|Using worker|Handling signal|^\s*$")


def read(call: Any) -> dict[str, Any]:
    """An app's log. Arguments: app, lines (of history, 0 to 10000), follow (go on until cancelled). Emits
    {type: "lines", lines: [logLine...]}, the values of its secrets as dots; answers how many lines there were."""
    app = names.app_name(call.arguments.get("app"))
    count = names.whole(call.arguments.get("lines", 100), "lines", 0, 10_000)
    command = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={FIELDS}", f"--lines={count}"]
    command += [f"--unit=forgeboard-{app}.{process}@{slot}.service" for process in _processes(app) for slot in paths.SLOTS]
    taken = (originals.record(app) or {}).get("unit", "")
    command += [f"--unit={taken}"] if taken else []
    if call.arguments.get("follow"):
        command.append("--follow")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    call.on_cancel(process.kill)
    assert process.stdout is not None
    sent = 0
    try:
        for batch in _batches(process.stdout.fileno(), app, taken, originals.secrets(app) if taken else ()):
            call.emit({"type": "lines", "lines": batch})
            sent += len(batch)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return {"lines": sent}


def _processes(app: str) -> list[str]:
    """All that the app runs. By name, since journalctl looks at a pattern once and would miss what comes later."""
    spec = json.loads(files.read_text(paths.applied(app)) or "{}").get("spec") or {}
    return ["web", *(one["name"] for kind in ("processes", "schedules") for one in spec.get(kind, []))]


def _batches(source: int, app: str, taken: str = "", secrets: Iterable[str] = ()) -> Iterator[list[dict[str, Any]]]:
    """Lines as they come, held back for at most 20 ms or 64 KiB."""
    rest = b""
    lines: list[dict[str, Any]] = []
    size = 0
    since = 0.0
    mask = masking.of(app, secrets)
    while True:
        wait = max(0.0, since + BATCH_SECONDS - time.monotonic()) if lines else None
        if not select.select([source], [], [], wait)[0]:
            yield lines
            lines, size = [], 0
            continue
        part = os.read(source, 1 << 16)
        whole, _, rest = (rest + part).rpartition(b"\n")
        for raw in whole.split(b"\n") if whole else ():
            line = parse(raw, app, mask, taken)
            if line is None:
                continue
            since = since if lines else time.monotonic()
            lines.append(line)
            size += len(line["text"])
            if size > BATCH_BYTES:
                yield lines
                lines, size = [], 0
        if not part:
            break
        if lines and time.monotonic() > since + BATCH_SECONDS:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def parse(raw: bytes, app: str, mask: Callable[[str], str], taken: str = "") -> Optional[dict[str, Any]]:
    """One line of journalctl's JSON as a logLine; None where it is not one of the app's. mask: takes its secrets out. taken: the
    unit that the app was taken over from, "" where it has none."""
    try:
        entry = json.loads(raw)
    except ValueError:
        return None
    unit = str(entry.get("_SYSTEMD_UNIT") or "")
    by_systemd = not unit.startswith(f"forgeboard-{app}.") and (not taken or unit != taken)
    unit = str(entry.get("UNIT") or "") if by_systemd else unit
    found = re.fullmatch(re.escape(f"forgeboard-{app}.") + r"([a-z0-9-]+)@([ab])\.service", unit)
    if not found and (not taken or unit != taken):
        return None
    priority = int(entry.get("PRIORITY") or 6)
    text = mask(_text(entry.get("MESSAGE")))
    return {
        "at": int(entry.get("__REALTIME_TIMESTAMP") or 0) // 1000,
        "level": "error" if priority <= 3 else "warning" if priority == 4 else "debug" if priority == 7 else "info",
        "process": found[1] if found else "web",
        "slot": found[2] if found else "",
        "pid": int(entry.get("_PID") or 0),
        "text": ("systemd: " if by_systemd else "") + text[:TEXT_LIMIT],
    }


def _text(message: Any) -> str:
    """journald gives what is not UTF-8 as a list of bytes, and null for what is too large."""
    if isinstance(message, list):
        return bytes(part & 255 for part in message if isinstance(part, int)).decode("utf-8", "replace")
    return message if isinstance(message, str) else ""


def excerpt(app: str, unit: str, invocation: str, count: int = READ) -> list[str]:
    """The last lines of one run of a unit, with what systemd says of it, without the app's secrets."""
    if not invocation:
        return []
    fields = f"{FIELDS},{','.join(_RUN)}"
    reading = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={fields}", f"--lines={count}", f"_SYSTEMD_UNIT={unit}", "+", f"UNIT={unit}"]
    try:
        subprocess.run(["journalctl", "--sync"], capture_output=True, timeout=20)  # what it printed last may be on its way
        answer = subprocess.run(reading, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return []  # journald hangs: the failure is told without its log
    mask = masking.of(app)
    lines = (parse(raw, app, mask) for raw in of_run(answer.stdout.splitlines(), invocation))
    return [line["text"][:2000] for line in lines if line]


def of_run(entries: list[bytes], invocation: str) -> list[bytes]:
    """Those of a unit's entries (journalctl's JSON) that belong to one run. journald looks up which run a line is of when it
    comes to read it, and of a process that ended at once systemd has forgotten that by then: its last words name none. They
    may stand even before what systemd says of the run, since journald reads each of its sources in turn."""
    found: list[bytes] = []
    nameless: list[bytes] = []
    for raw in entries:
        try:
            entry = json.loads(raw)
        except ValueError:
            continue
        runs = {entry.get(field) for field in _RUN} - {None}
        if not runs:
            nameless.append(raw)
        elif invocation in runs:
            found += [*nameless, raw]
        if runs:
            nameless = []
    return found + (nameless if found else [])


def around(lines: list[str], reason: str) -> list[str]:
    """The last lines, or those that end shortly after the reason where it came earlier: two workers that fail together make
    gunicorn's master print more tracebacks of its own than fit."""
    told = [number for number, line in enumerate(lines) if line.strip() and reason.startswith(line.strip()[:400])] if reason else []
    if not told or len(lines) - told[-1] <= EXCERPT:
        return lines[-EXCERPT:]
    return lines[max(0, told[-1] + 10 - EXCERPT) : told[-1] + 10]


def failing_line(app: str, lines: list[str]) -> str:
    """The line that says why: the last traceback's exception with the app's own place in it, else the last error."""
    home = re.escape(paths.root(app))
    reason, place = "", ""
    found: Optional[str] = None  # the app's own place in the traceback that is being read; None between tracebacks
    lines = [line for line in lines if not line.startswith("systemd: ")]  # they may stand amid a traceback
    for line in lines:
        frame = re.match(rf'\s+File "{home}/(?:releases/\d+|slots/[ab]/release)/([^"]+)", line (\d+)', line)
        if line.startswith("Traceback (most recent call last):"):
            found = ""
        elif found is not None and frame:
            found = f" ({frame[1]} line {frame[2]})"
        elif found is not None and line.strip() and not line.startswith((" ", "\t")):
            # gunicorn's master adds one of its own when its workers have failed.
            if not line.startswith("gunicorn.errors.HaltServer"):
                reason, place = line.strip(), found
            found = None
    if reason:
        return reason[:400] + place
    told = [line for line in lines if not _NOISE.search(line)]
    errors = [line for line in told if "error" in line.lower() or "failed" in line.lower()]
    found = (errors or told or [""])[-1].strip()
    return re.sub(r"^\[[^\]]*\] \[\d+\] \[\w+\] ", "", found)[:400]
