"""What one line of a log says, whoever wrote it: journald, nginx, an app in its own words. Pure."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any, Callable, Optional

TEXT_LIMIT = 32768  # characters of one line
ACCESS, ERROR = "nginx:access", "nginx:error"  # sources; no process of an app can be called so
SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e"  # MESSAGE_ID of "Suppressed N messages from UNIT" (sd-messages.h)
LEVELS = ("error", "warning", "info", "debug")

# A level near the start of a line, after a time and at most two other words: Python's logging, gunicorn, uvicorn, loguru.
_SAID = re.compile(
    r"[\[(]?[\d:T.,Z+ /-]{0,40}[\])]?[\s|:\[\]-]{0,6}(?:\[?[\w.+-]{1,40}\]?[\s|:-]{1,6}){0,2}?\[?(DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\]?(?=[\s:|\]-]|$)"
)
_WORDS = {"trace": "debug", "debug": "debug", "info": "info", "notice": "info", "warn": "warning", "warning": "warning"}
_GRAVE = ("error", "err", "critical", "fatal", "alert", "emerg", "emergency", "panic", "crit", "exception")
_KEYS = ("level", "levelname", "severity", "log_level", "lvl")
# nginx's `combined`, with the two that ForgeBoard's own format has behind it: seconds since 1970, seconds it took.
_ACCESS = re.compile(r'(\S{1,100}) - .{0,200}? \[([^\]]{1,40})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: (\d+\.\d{3}) (\d+\.\d{3}))?')
_ERROR = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] (\d+)#\d+: (.*)", re.DOTALL)
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_LONGEST = 500  # lines of a traceback


def level(priority: int, text: str) -> str:
    """How grave a line is. What a program prints comes as priority 6, so then its own words count."""
    if priority <= 3:
        return "error"
    if priority in (4, 7):
        return "warning" if priority == 4 else "debug"
    if text.startswith("{"):
        found = _of_json(text)
        if found:
            return found
    said = _SAID.match(text[:200])
    return _named(said[1].lower()) or "info" if said else "info"


def _of_json(text: str) -> Optional[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    said = next((value[key] for key in _KEYS if key in value), None)
    if isinstance(said, str):
        return _named(said.lower())
    if isinstance(said, int) and not isinstance(said, bool):  # as Python counts them
        return "error" if said >= 40 else "warning" if said >= 30 else "info" if said >= 20 else "debug"
    return None


def _named(word: str) -> Optional[str]:
    return "error" if word in _GRAVE else _WORDS.get(word)


class Tracebacks:
    """Which lines belong to a traceback, as they come: one process's lines follow each other, others stand between."""

    def __init__(self) -> None:
        self._open: dict[Any, tuple[str, int]] = {}  # state (frames, over), lines so far

    def takes(self, key: Any, text: str) -> bool:
        if text.startswith("Traceback (most recent call last):") or text.startswith("  + Exception Group Traceback"):
            if len(self._open) > 1000:
                self._open.clear()
            self._open[key] = ("frames", 1)
            return True
        state, lines = self._open.get(key, ("", 0))
        if not state:
            return False
        inside = text.startswith((" ", "\t"))
        if lines >= _LONGEST or state == "over" and text.strip() and not text.startswith(_CHAINED):
            del self._open[key]
            return False
        self._open[key] = ("over" if state == "over" or text.strip() and not inside else "frames", lines + 1)
        return state == "frames" or text.startswith(_CHAINED)


def of_entry(entry: dict[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    """A logLine (actions.ts) of one journalctl entry, with the unit as its process. mask: takes secrets out."""
    text = mask(_text(entry.get("MESSAGE")))[:TEXT_LIMIT]
    unit = str(entry.get("_SYSTEMD_UNIT") or "")
    return {
        "at": int(entry.get("__REALTIME_TIMESTAMP") or 0) // 1000,
        "level": level(_whole(entry.get("PRIORITY"), 6), text),
        "process": str(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or unit.partition(".")[0])[:100],
        "slot": "",
        "pid": _whole(entry.get("_PID"), 0),
        "text": text,
        "trace": False,
        "release": None,
        "request": None,
    }


def of_app(entry: dict[str, Any], app: str, mask: Callable[[str], str], taken: str = "") -> Optional[dict[str, Any]]:
    """The same, None where it is not one of the app's; what systemd says of its units is marked as that. taken: the unit that
    the app was taken over from, "" where it has none."""
    unit = str(entry.get("_SYSTEMD_UNIT") or "")
    by_systemd = not unit.startswith(f"forgeboard-{app}.") and (not taken or unit != taken)
    unit = str(entry.get("UNIT") or "") if by_systemd else unit
    found = re.fullmatch(re.escape(f"forgeboard-{app}.") + r"([a-z0-9-]+)@([ab])\.service", unit)
    if not found and (not taken or unit != taken):
        return None
    line = of_entry(entry, mask)
    line.update(process=found[1] if found else "web", slot=found[2] if found else "")
    if by_systemd:
        line["text"] = "systemd: " + line["text"]
    return line


def suppressed(entry: dict[str, Any]) -> Optional[tuple[int, str]]:
    """(how many, of which unit) where journald says what it left out."""
    if entry.get("MESSAGE_ID") != SUPPRESSED:
        return None
    said = re.match(r"Suppressed (\d+) messages from (\S+)", _text(entry.get("MESSAGE")))
    return (_whole(entry.get("N_DROPPED"), int(said[1])), said[2]) if said else None


def of_access(text: str, mask: Callable[[str], str]) -> dict[str, Any]:
    """A logLine of a line of nginx's access log; one in a format of its own is only text, without a time (at: 0)."""
    found = _ACCESS.match(text)
    if not found:
        return {**_nginx(ACCESS, 0, "info", 0, mask(text)), "request": None}
    address, local, request, status, size, referer, agent, moment, took = found.groups()
    method, _, rest = mask(request).partition(" ")
    path = rest.rpartition(" ")[0] or rest
    code = int(status)
    ms = round(float(took) * 1000) if took else None
    said = f"{method} {path} {code}" + (f" {ms} ms" if ms is not None else "")
    line = _nginx(ACCESS, round(float(moment) * 1000) if moment else _stamp(local), "error" if code >= 500 else "warning" if code >= 400 else "info", 0, said)
    line["request"] = {
        "method": method[:20],
        "path": path[:4000],
        "status": code,
        "bytes": int(size) if size.isdigit() else 0,
        "ms": ms,
        "address": address,
        "agent": mask(agent)[:500],
        "referer": mask(referer)[:2000],
    }
    return line


def of_error(text: str, mask: Callable[[str], str]) -> dict[str, Any]:
    """A logLine of a line of nginx's error log; its time is the host's own."""
    found = _ERROR.match(text)
    if not found:
        return _nginx(ERROR, 0, "info", 0, mask(text))
    try:
        at = int(time.mktime(time.strptime(found[1], "%Y/%m/%d %H:%M:%S"))) * 1000
    except (ValueError, OverflowError):
        at = 0
    return _nginx(ERROR, at, _named(found[2].lower()) or "info", int(found[3]), mask(found[4]))


def _nginx(process: str, at: int, how: str, pid: int, text: str) -> dict[str, Any]:
    return {"at": at, "level": how, "process": process, "slot": "", "pid": pid, "text": text[:TEXT_LIMIT], "trace": False, "release": None, "request": None}


def _stamp(local: str) -> int:
    """28/Nov/2026:00:58:24 +0000, in milliseconds since 1970; 0 where it is something else."""
    try:
        return int(datetime.strptime(local, "%d/%b/%Y:%H:%M:%S %z").timestamp()) * 1000
    except ValueError:
        return 0


def _whole(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, (int, str)) and str(value).isascii() and str(value).isdigit() else otherwise


def _text(message: Any) -> str:
    """journald gives what is not UTF-8 as a list of bytes, and null for what is too large."""
    if isinstance(message, list):
        return bytes(part & 255 for part in message if isinstance(part, int)).decode("utf-8", "replace")
    return message if isinstance(message, str) else ""
