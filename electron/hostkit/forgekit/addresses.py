"""Where the variables of an app lead: the databases, caches and queues that it names by a URL. The password never leaves the host."""

from __future__ import annotations

import os
import re
from typing import Any, Optional
from urllib.parse import unquote, urlsplit

from . import names, paths, versions
from .failure import Failure

# By the scheme up to its +, which names a driver (SQLAlchemy); the port is the usual one of each.
KINDS = {
    "postgres": ("postgres", 5432),
    "postgresql": ("postgres", 5432),
    "postgis": ("postgres", 5432),
    "pgsql": ("postgres", 5432),
    "mysql": ("mysql", 3306),
    "mariadb": ("mysql", 3306),
    "redis": ("redis", 6379),
    "rediss": ("redis", 6379),
    "mongodb": ("mongodb", 27017),
    "amqp": ("amqp", 5672),
    "pyamqp": ("amqp", 5672),
}
MOST = 4096  # characters of a URL
HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}")
WORD = re.compile(r"[A-Za-z0-9_.@-]{0,63}")


def addresses(call: Any) -> dict[str, Any]:
    """What the newest variables name. Arguments: app. Answers addresses: [{name (of the variable), kind, host, port, user,
    database ("" where it says none)}...], each place once, by the variable's name. Failure('not-found') for an app of which the
    host knows nothing."""
    app = names.app_name(call.arguments.get("app"))
    version = versions.read(app, versions.newest(app))
    if version.number == 0 and not os.path.exists(paths.applied(app)):
        raise Failure("not-found", f"there is no app {app} on this server", field="app")
    found, seen = [], set()
    for name, value in sorted(version.values.items()):
        one = address(value)
        if one is not None and (place := (one["kind"], one["host"], one["port"], one["database"])) not in seen:
            seen.add(place)
            found.append({"name": name, **one})
    return {"addresses": found}


def address(value: str) -> Optional[dict[str, Any]]:
    """A URL's kind, host, port, user and database; None for what is none, has no port (a socket) or does not read as one."""
    try:
        parts = urlsplit(value.strip()) if len(value) <= MOST else None
        kind = KINDS.get(parts.scheme.partition("+")[0]) if parts else None
        if parts is None or kind is None:
            return None
        host, port = parts.hostname or "", parts.port or kind[1]
    except ValueError:
        return None
    user, database = unquote(parts.username or ""), unquote(parts.path[1:])
    if not HOST.fullmatch(host) or host.startswith("-"):
        return None
    # Anything stranger may be a secret that somebody put in the wrong place.
    return {"kind": kind[0], "host": host, "port": port, "user": user if WORD.fullmatch(user) else "", "database": database if WORD.fullmatch(database) else ""}
