"""Why an app did not start or crashed, out of what its last run printed."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Optional

from . import loglines, masking, paths

FIELDS = "__REALTIME_TIMESTAMP,PRIORITY,_PID,MESSAGE,_SYSTEMD_UNIT,UNIT"
_RUN = ("_SYSTEMD_INVOCATION_ID", "INVOCATION_ID")  # of a process's own line, of what systemd says of a unit
EXCERPT = 50
READ = 300  # lines that are searched for the reason
# What gunicorn says around the reason, never the reason itself.
_NOISE = re.compile(r"Worker failed to boot|Shutting down: |Reason: |App failed to load|Worker \(pid:|Worker exiting|Booting worker|Starting gunicorn|Listening at|Using worker|Handling signal|^\s*$")


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
    lines = (loglines.of_app(json.loads(raw), app, mask) for raw in of_run(answer.stdout.splitlines(), invocation))
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
