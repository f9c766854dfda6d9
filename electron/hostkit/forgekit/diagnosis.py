"""Why something failed, in one line that a person can act on."""

from __future__ import annotations

import os
import re
from typing import Any, Optional

from . import dbus, logs, objects, paths
from .failure import Failure


def explain(error: BaseException) -> Failure:
    """Any error as a failure; what is unforeseen as a bug."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in (28, 122):  # ENOSPC, EDQUOT
        return objects.disk_full(os.path.dirname(error.filename or paths.APPS))
    return Failure("bug", f"something unforeseen happened on the server: {type(error).__name__}", hint="The deployment's journal on the server has the details.")


def start_failure(bus: dbus.Bus, app: str, unit: str, message: str, invocation: str, ended: bool) -> Failure:
    """Why a unit did not come up: its own last words, and how it ended."""
    lines = logs.excerpt(app, invocation)
    reason = logs.failing_line(app, lines)
    facts: dict[str, Any] = {"log": logs.around(lines, reason)}
    if ended:
        how, more = how_ended(bus, unit)
        return Failure("start-failed", f"the app did not start: {reason or how or message}", hint=_hint(reason), facts={**facts, **more})
    return Failure("start-failed", f"the app did not pass its check: {message}" + (f". Its last error: {reason}" if _is_error(reason) else ""), facts=facts)


def how_ended(bus: dbus.Bus, unit: str) -> tuple[str, dict[str, Any]]:
    """How a unit's main process ended, in words ("" where systemd does not say) and as facts."""
    code, status, result = bus.properties([(unit, dbus.SERVICE, name) for name in ("ExecMainCode", "ExecMainStatus", "Result")])
    words = {1: f"it ended with exit status {status}", 2: f"it was ended by signal {status}", 3: f"it was ended by signal {status}"}.get(code, "")
    if result == "oom-kill":
        words = "it ran out of memory"
    return words, {"exitCode" if code == 1 else "signal": status, "result": result}


def _is_error(reason: str) -> bool:
    return "error" in reason.lower() or "exception" in reason.lower()


def _hint(reason: str) -> Optional[str]:
    found = re.match(r"ModuleNotFoundError: No module named '([^'.]+)", reason)
    return f"Is {found[1]} in the requirements?" if found else None
