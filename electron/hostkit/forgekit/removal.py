"""Taking an app off its host, whole."""

from __future__ import annotations

import os
import re

from . import dbus, files, kinds, nginxlogs, paths, sites, slots, users
from .failure import Failure


def take_away(bus: dbus.Bus, app: str, failed: bool = False) -> list[str]:
    """Everything of the app, in an order that never routes to what is gone. Needs its lock; the bus must listen to jobs.
    failed: it never served, so a foreign nginx file that is broken does not stop it; its journal stays, and so do the
    variables that were set before its first deployment."""
    users.find(app)  # refuses before anything is removed
    try:
        changed = [paths.site(app)] if sites.write(bus, app, None) else []
    except Failure:
        if not failed:
            raise
        changed = [paths.site(app)] if files.remove(paths.site(app)) else []
    for slot in paths.SLOTS:
        kinds.stop_slot(bus, app, slot, grace=None)
    slots.stop(bus, paths.boot_unit(app))
    own = re.compile(re.escape(f"forgeboard-{app}.") + r"([a-z][a-z0-9-]*@\.(service|timer|socket)|boot\.service)")
    units = [paths.boot_link(app)] + [f"{paths.UNITS}/{entry}" for entry in sorted(os.listdir(paths.UNITS)) if own.fullmatch(entry)]
    gone = [path for path in units if files.remove(path)]
    if gone:
        bus.call("Reload")
    changed += gone + [path for path in (paths.tmpfiles(app), paths.applied(app)) if files.remove(path)]
    changed += [path for path in (paths.root(app), paths.runtime(app), *(() if failed else (paths.configuration(app),))) if files.remove_tree(path)]
    if nginxlogs.forget(app):
        changed.append(f"{nginxlogs.FOLDER}/forgeboard-{app}.*.log")
    if users.remove(app):
        changed.append(f"user {paths.user(app)}")
    if not failed and files.remove_tree(paths.journals(app)):
        changed.append(paths.journals(app))
    return changed
