"""A removed app comes back from its archive: a deployment like a first one, whose files, variables and data are there."""

from __future__ import annotations

import os
from typing import Any

from . import archives, building, configure, files, names, objects, paths, registry, releases, slots, starting, users, venvs
from .failure import Failure


def restore(call: Any) -> dict[str, Any]:
    """Starts a deployment that puts a removed app back; answers its number at once. Its archive goes once the app is live;
    until then everything that fails takes back all but the archive.

    Arguments: archive (its name); spec and apply as in deployments.start; actor, origin, token, checkSeconds, drainSeconds.
    Errors: not-found (no such archive), exists (an app of that name is there), disk-full, conflict (the registry is not
    what the client thinks), busy.
    """
    name = archives.checked(call.arguments.get("archive"))
    app = archives.app_of(name)
    about = archives.about(name)
    manifest = about.get("manifest")
    if not manifest:
        raise Failure("invalid", f"{app} had no release when it was removed", hint="Deploy it anew.", field="archive")
    objects.require_prepared()
    apply = configure.checked(app, call.arguments.get("apply"))
    if apply is None:
        raise Failure("invalid", "an app comes back with its configuration", field="apply")
    spec = starting.checked_spec(app, call.arguments.get("spec"), True)
    entries = names.file_list(manifest["list"])

    made = False

    def prepare(number: int) -> building.Task:
        nonlocal made
        if os.path.exists(paths.applied(app)) or slots.live(app) is not None:
            raise Failure("exists", f"there is an app {app} on this server", hint="Remove that one first, or keep it.", field="app")
        registry.compare(apply["registry"])
        users.find(app)
        objects.check_room(paths.APPS, about["bytes"] + sum(size for _, _, size in entries), about["files"] + 2 * len(entries))
        made = objects.make_layout(app)
        # What it needs is known once its files are unpacked.
        task = building.Task("deploy", app, number, number, spec, venvs.Plan("", "", "", [], []))
        task.entries, task.digest, task.apply = entries, releases.digest(entries), apply
        task.commit, task.archive = manifest.get("commit"), name
        return task

    def undo() -> None:
        if made:
            files.remove_tree(paths.root(app))

    return starting.begin(call, app, "deploy", prepare, undo, after=int(about.get("number") or 0))
