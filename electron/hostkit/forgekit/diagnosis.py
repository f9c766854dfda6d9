"""Why something failed, in one line that a person can act on."""

from __future__ import annotations

import errno
import os
import re
from typing import Any, Optional

from . import dbus, lastwords, objects, paths
from .failure import Failure


def explain(error: BaseException) -> Failure:
    """Any error as a failure; what is unforeseen as a bug."""
    if isinstance(error, Failure):
        return error
    return of_disk(error) or Failure("bug", f"something unforeseen happened on the server: {type(error).__name__}", hint="The deployment's journal on the server has the details.")


def of_disk(error: BaseException) -> Optional[Failure]:
    """A disk that takes nothing more, by its mount; None where the error is another."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return None
    folder = os.path.dirname(error.filename or "") or paths.APPS
    if error.errno != errno.EROFS:
        return objects.disk_full(folder, quota=error.errno == errno.EDQUOT)
    at = objects.mount(folder)
    hint = f"Where a disk has errors the kernel does that: look at `journalctl -k`. Then: mount -o remount,rw {at}"
    return Failure("unsupported", f"{at} can only be read, nothing can be written there", hint=hint, facts={"mount": at})


def start_failure(bus: dbus.Bus, app: str, unit: str, message: str, invocation: str, ended: bool) -> Failure:
    """Why a unit did not come up: its own last words, and how it ended."""
    lines = lastwords.excerpt(app, unit, invocation)
    reason = lastwords.failing_line(app, lines)
    facts: dict[str, Any] = {"log": lastwords.around(lines, reason)}
    if ended:
        how, more = how_ended(bus, unit)
        return Failure("start-failed", f"the app did not start: {reason or how or message}", facts={**facts, **more})
    killed = memory_kills(bus, unit)
    if killed:
        message += f". It ran out of memory: the kernel ended {killed} of its processes"
        return Failure("start-failed", f"the app did not pass its check: {message}", hint="Give it more memory, or fewer workers.", facts={**facts, "result": "oom-kill"})
    return Failure("start-failed", f"the app did not pass its check: {message}" + (f". Its last error: {reason}" if _is_error(reason) else ""), facts=facts)


def memory_kills(bus: dbus.Bus, unit: str) -> int:
    """How many processes of a running unit the kernel has ended for want of memory. A server that starts its workers anew
    outlives them, and systemd says nothing of it on cgroup v1."""
    (group,) = bus.properties([(unit, dbus.SERVICE, "ControlGroup")])
    for path in (f"/sys/fs/cgroup{group}/memory.events", f"/sys/fs/cgroup/memory{group}/memory.oom_control") if group else ():
        try:
            with open(path, encoding="ascii") as file:
                return int(dict(line.split() for line in file).get("oom_kill", 0))
        except OSError:
            continue
    return 0


def how_ended(bus: dbus.Bus, unit: str) -> tuple[str, dict[str, Any]]:
    """How a unit's main process ended, in words ("" where systemd does not say) and as facts."""
    code, status, result = bus.properties([(unit, dbus.SERVICE, name) for name in ("ExecMainCode", "ExecMainStatus", "Result")])
    words = {1: f"it ended with exit status {status}", 2: f"it was ended by signal {status}", 3: f"it was ended by signal {status}"}.get(code, "")
    if result == "oom-kill":
        words = "it ran out of memory"
    return words, {"exitCode" if code == 1 else "signal": status, "result": result}


def _is_error(reason: str) -> bool:
    return "error" in reason.lower() or "exception" in reason.lower()
