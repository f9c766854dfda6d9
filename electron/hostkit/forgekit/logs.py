"""Logs of an app, and of its host: what journald and nginx have, filtered and without secrets before it crosses."""

from __future__ import annotations

import json
import os
import select
import socket
import time
from typing import Any, Callable, Optional

from . import files, logfiles, loglines, masking, names, nginxlogs, originals, paths
from .failure import Failure
from .logfilter import Wanted
from .logflow import BATCH_BYTES, Flow
from .logjournal import Journal
from .logpages import SECONDS, Merged, merge
from .logreleases import Known

JOURNAL = "journal"


def sources(call: Any) -> dict[str, Any]:
    """What an app's log is made of. Arguments: app. Answers {processes: names, nginx: those of nginx:access and nginx:error that
    its site has}."""
    app = names.app_name(call.arguments.get("app"))
    return {"processes": _processes(app), "nginx": sorted(nginxlogs.of(app))}


def read(call: Any) -> dict[str, Any]:
    """A log: its last lines and, with follow, what comes, until cancelled. Arguments: app (null: the host's journal), lines (of
    history, 0 to 10000), follow, after (a cursor: no history, but all since there; with follow), sources (list of processes,
    nginx:access, nginx:error; null: the processes), unit (of the host's journal), and what logfilter.Wanted takes. Emits
    {type: "start", cursor, begun} first, whose cursor older() takes; {type: "lines", lines: [logLine...], cursor}, each cursor
    that is not null being good as `after`; {type: "left", reason: "rate" or "journald", at, lines, bytes, cursor} for lines that are left out there.
    The values of secrets are dots. Answers how many lines were sent."""
    count = names.whole(call.arguments.get("lines", 100), "lines", 0, 10_000)
    follow, after = call.arguments.get("follow") is True, call.arguments.get("after")
    log = _Log(call)
    try:
        sent = 0
        if after is None:
            page, ends = log.page(None, count)
            call.emit({"type": "start", "cursor": _text(page.places), "begun": page.begun})
            sent = _tell(call, page)
            call.emit({"type": "lines", "lines": [], "cursor": _text(ends)})
        else:
            ends = log.places(after)
        return {"lines": sent + (log.follow(ends) if follow else 0)}
    finally:
        log.close()


def older(call: Any) -> dict[str, Any]:
    """What was before. Arguments as in read, with before (a cursor) instead of follow and after. Emits lines and left as read
    does, oldest first; answers {cursor, begun: nothing older is there, reached: how far it was searched, milliseconds since
    1970}: a search ends after seconds, also where nothing was found yet."""
    count = names.whole(call.arguments.get("lines", 100), "lines", 1, 10_000)
    log = _Log(call)
    try:
        page, _ = log.page(log.places(call.arguments.get("before")), count)
        _tell(call, page)
        return {"cursor": _text(page.places), "begun": page.begun, "reached": page.reached}
    finally:
        log.close()


class _Log:
    """The sources of one call, by their names in cursors."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._sources: dict[str, Any] = {}
        app = call.arguments.get("app")
        if app is None:
            self._of_host()
        else:
            self._of_app(names.app_name(app))

    def _of_host(self) -> None:
        from .logreleases import Turns

        masks = [masking.of(app, originals.secrets(app)) for app in _all_apps()]

        def mask(text: str) -> str:
            for one in masks:
                text = one(text)
            return text

        unit = self._call.arguments.get("unit")
        if unit is not None and (not isinstance(unit, str) or not 0 < len(unit) <= 255 or not unit.isprintable()):
            raise Failure("invalid", "a unit has a name like nginx.service", field="unit")
        wanted = Wanted(self._call.arguments, Turns((), None))
        units = [unit if "." in unit else f"{unit}.service"] if unit else []
        self._sources[JOURNAL] = Journal(self._call, wanted, units, lambda entry: loglines.of_entry(entry, mask))

    def _of_app(self, app: str) -> None:
        known = Known(app)
        wanted = Wanted(self._call.arguments, known.turns())
        taken = (originals.record(app) or {}).get("unit", "")
        mask = masking.of(app, originals.secrets(app) if taken else ())
        processes, logs = _processes(app), nginxlogs.of(app)
        asked = self._call.arguments.get("sources")
        asked = processes if asked is None else asked
        strange = [one for one in asked if one not in processes and one not in (loglines.ACCESS, loglines.ERROR)]
        if strange:
            raise Failure("not-found", f"{app} has no {names.shown(str(strange[0]))}", hint=f"It has: {', '.join([*processes, *sorted(logs)])}.", field="source")
        if wanted.requests_only:
            asked = [loglines.ACCESS]

        def released(parsed: Optional[dict[str, Any]]) -> Optional[dict[str, Any]]:
            if parsed is not None:
                parsed["release"] = known.turns().release(parsed["slot"], parsed["at"])
            return parsed

        own = [one for one in asked if one in processes]
        if own:
            units = [f"forgeboard-{app}.{process}@{slot}.service" for process in own for slot in paths.SLOTS] + ([taken] if taken and "web" in own else [])
            self._sources[JOURNAL] = Journal(self._call, wanted, units, lambda entry: released(loglines.of_app(entry, app, mask, taken)))
        parsers: dict[str, Callable[..., dict[str, Any]]] = {loglines.ACCESS: loglines.of_access, loglines.ERROR: loglines.of_error}
        for name, parse in parsers.items():
            if name not in asked:
                continue
            if name not in logs:
                raise Failure("not-found", f"{app} has no log of nginx of its own", hint="It begins with the next deployment; of an app that was taken over its own site says where.", field="source")
            self._sources[name] = logfiles.Log(self._call, wanted, logs[name], lambda text, parse=parse: released(parse(text, mask)))

    def page(self, before: Optional[dict[str, Any]], count: int) -> tuple[Merged, dict[str, Any]]:
        """The page before some places (None: the newest), and the places behind it."""
        began = time.monotonic()
        pages = {}
        for number, (name, source) in enumerate(self._sources.items(), 1):
            place = None if before is None else before.get(name)
            pages[name] = source.older(place, count, began + SECONDS * number / len(self._sources))
        return merge(pages, count), {name: page.after for name, page in pages.items()}

    def follow(self, after: dict[str, Any]) -> int:
        """Sends what comes behind some places until cancelled; gives how many lines."""
        flow = Flow(self._call, self._sources)
        waking, sink = socket.socketpair()
        self._call.on_cancel(sink.close)
        try:
            for name, source in self._sources.items():
                source.begin(after.get(name) or ("" if name == JOURNAL else []))
            ready = [source for name, source in self._sources.items() if name != JOURNAL]
            while not self._call.cancelled.is_set():
                for source in ready:
                    source.ready(flow)
                flow.tick()
                behind = any(getattr(source, "behind", False) for source in self._sources.values())
                told = select.select([waking, *self._sources.values()], [], [], 0 if behind else flow.wait())[0]
                ready = [source for source in self._sources.values() if source in told or getattr(source, "behind", False)]
            return flow.total
        finally:
            flow.end()
            sink.close()
            waking.close()

    def places(self, cursor: Any) -> dict[str, Any]:
        """Failure('invalid') where it is no cursor of this log."""
        try:
            places = json.loads(cursor) if isinstance(cursor, str) and len(cursor) <= 4000 else None
        except (ValueError, RecursionError):
            places = None
        if not isinstance(places, dict):
            raise Failure("invalid", "that is no place in a log", field="after")
        return places

    def close(self) -> None:
        for source in self._sources.values():
            source.close()


def _tell(call: Any, page: Merged) -> int:
    """Sends a page; gives how many lines it has."""
    lines: list[dict[str, Any]] = []
    size = sent = 0
    for item in page.items:
        if item.line is not None:
            lines.append(item.line)
            size += len(item.line["text"])
            sent += 1
        if lines and (item.line is None or size > BATCH_BYTES):
            call.emit({"type": "lines", "lines": lines, "cursor": None})
            lines, size = [], 0
        if item.line is None:
            call.emit({"type": "left", "reason": "journald", "at": item.at, "lines": item.left, "bytes": 0, "cursor": None})
    if lines:
        call.emit({"type": "lines", "lines": lines, "cursor": None})
    return sent


def _processes(app: str) -> list[str]:
    """All that the app runs. By name, since journalctl looks at a pattern once and would miss what comes later."""
    spec = json.loads(files.read_text(paths.applied(app)) or "{}").get("spec") or {}
    return ["web", *(one["name"] for kind in ("processes", "schedules") for one in spec.get(kind, []))]


def _all_apps() -> list[str]:
    try:
        listed = os.listdir(f"{paths.CONFIGURATION}/apps")
    except OSError:
        listed = []
    return sorted({*(one for one in listed if names.app_name_problem(one) is None), *originals.apps()})


def _text(places: dict[str, Any]) -> str:
    return json.dumps(places, separators=(",", ":"))
