"""Which lines somebody wants: decided on the host, so that only these cross."""

from __future__ import annotations

import re
import time
from typing import Any, Optional

from . import loglines, names
from .failure import Failure
from .logreleases import Turns

_STATUS = re.compile(r"[1-5](\d\d|xx)")


class Wanted:
    """What a call asks for. Its arguments: since, until (milliseconds since 1970; since below 0: before now, by the host's
    clock), level (that or graver), grep (a plain text, in any case of letters), release, status (list like 404 or 5xx), path
    (what the path of a request begins with). null or missing: all."""

    def __init__(self, arguments: dict[str, Any], turns: Turns) -> None:
        def whole(name: str, least: int, most: int) -> Optional[int]:
            value = arguments.get(name)
            return None if value is None else names.whole(value, name, least, most)

        now = int(time.time() * 1000)
        self.since = whole("since", -(1 << 50), 1 << 50)
        if self.since is not None and self.since < 0:
            self.since += now
        self.until = whole("until", -(1 << 50), 1 << 50)
        if self.until is not None and self.until < 0:
            self.until += now
        self.release = whole("release", 1, 1 << 40)
        if self.release is not None:
            first = turns.first(self.release)
            if first is None:
                raise Failure("not-found", f"nothing is known of when release {self.release} ran", field="release")
            self.since = max(first, self.since or 0)
        level = arguments.get("level") or "debug"
        if level not in loglines.LEVELS:
            raise Failure("invalid", f"a level is one of {', '.join(loglines.LEVELS)}", field="level")
        self._levels = loglines.LEVELS[: loglines.LEVELS.index(level) + 1]
        self.grep = _plain(arguments.get("grep"), "grep").lower()
        self.path = _plain(arguments.get("path"), "path")
        self.status = [str(one).lower() for one in arguments.get("status") or []]
        if len(self.status) > 50 or not all(_STATUS.fullmatch(one) for one in self.status):
            raise Failure("invalid", "a status is a number like 404, or a class like 5xx", field="status")
        self._hint = self._safe_hint()

    @property
    def requests_only(self) -> bool:
        """Only lines of nginx's access log have what is asked for."""
        return bool(self.status or self.path)

    @property
    def admits_any_level(self) -> bool:
        return len(self._levels) == len(loglines.LEVELS)

    def admits(self, line: dict[str, Any]) -> bool:
        """Whether a logLine is wanted; what time it is of is looked at by whoever reads."""
        if line["level"] not in self._levels or self.release is not None and line["release"] != self.release:
            return False
        request = line["request"]
        if self.status and not (request and any(code in (str(request["status"]), f"{request['status'] // 100}xx") for code in self.status)):
            return False
        if self.path and not (request and request["path"].startswith(self.path)):
            return False
        if not self.grep or self.grep in line["text"].lower():
            return True
        return bool(request) and any(self.grep in request[name].lower() for name in ("address", "agent", "referer"))

    def may_admit(self, raw: bytes) -> bool:
        """False where an entry of journalctl's JSON cannot have the text: most need no parsing then."""
        return self._hint is None or self._hint in raw.lower() or b'"MESSAGE":[' in raw or b'"MESSAGE" : [' in raw

    def _safe_hint(self) -> Optional[bytes]:
        """The text as it stands in JSON too; None where it is written differently there, or may be found in our own words."""
        word = self.grep
        ours = "systemd: "
        if not word or not word.isascii() or not word.isprintable() or '"' in word or "\\" in word:
            return None
        if word in ours or any(ours.endswith(word[:length]) for length in range(1, len(ours) + 1)) or ours in word:
            return None
        return word.encode()


def _plain(value: Any, field: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise Failure("invalid", f"{field} is a text of at most 500 characters", field=field)
    return value
