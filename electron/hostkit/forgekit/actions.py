"""The explicit list of what the kit can do: action -> "module:function", imported at its first use.

An action is a function of one Call (serve.py) to a JSON object, safe to run again. The shapes of the answers are in
electron/hostkit/actions.ts, a list of the same names (a test compares the two).
"""

from __future__ import annotations

from typing import Any, Callable

from .failure import Failure

ACTIONS = {
    "hosts.check": "hosts:check",
    "hosts.prepare": "hosts:prepare",
    "hosts.uninstall": "hosts:uninstall",
    "kit.install": "kit:install",
    "registry.read": "registry:read",
    "apps.list": "apps:list_apps",
    "apps.get": "apps:get",
    "apps.remove": "apps:remove",
    "apps.removed": "archives:removed",
    "apps.purge": "archives:purge",
    "apps.restore": "restoring:restore",
    "apps.describe": "ejecting:describe",
    "apps.restart": "lifecycle:restart",
    "apps.start": "lifecycle:start",
    "apps.stop": "lifecycle:stop",
    "apps.warm": "warming:warm",
    "adoptions.scan": "adoptions:scan",
    "adoptions.inspect": "adoptions:inspect",
    "adoptions.take": "adoptions:take",
    "adoptions.move": "adoptions:move",
    "adoptions.describe": "adoptions:describe",
    "adoptions.giveback": "adoptions:giveback",
    "configuration.read": "configuration:read",
    "configuration.apply": "configuration:apply",
    "releases.offer": "releases:offer",
    "releases.list": "history:list_releases",
    "releases.compare": "history:compare",
    "objects.put": "uploads:put",
    "deployments.start": "starting:start",
    "deployments.rollback": "starting:rollback",
    "deployments.follow": "deployments:follow",
    "deployments.get": "deployments:get",
    "deployments.cancel": "deployments:cancel",
    "variables.list": "variables:list_variables",
    "variables.history": "variables:history",
    "variables.addresses": "addresses:addresses",
    "variables.change": "variables:change",
    "logs.sources": "logs:sources",
    "logs.read": "logs:read",
    "logs.older": "logs:older",
    "metrics.follow": "metrics:follow",
}


def find(action: str) -> Callable[[Any], dict[str, Any]]:
    """The function of an action."""
    if action not in ACTIONS:
        raise Failure("kit-mismatch", f"this kit does not know the action {action!r}", hint="Update the kit: run prepare again.")
    from importlib import import_module

    module, function = ACTIONS[action].split(":")
    return getattr(import_module(f".{module}", __package__), function)


def preload() -> None:
    """Imports the modules of a deployment. Nothing depends on it: an action imports what it needs."""
    from importlib import import_module

    for module in ("apps", "registry", "releases", "objects", "starting", "deployments"):
        try:
            import_module(f".{module}", __package__)
        except Exception:  # the action itself will say so, to whoever asks for it
            return
