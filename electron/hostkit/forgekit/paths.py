"""Where everything lies on a host: the one place that knows. <app> is checked (names.py) before it comes here."""

from __future__ import annotations

KIT_DIRECTORY = "/usr/local/lib/forgeboard"
KIT_SCRIPT = f"{KIT_DIRECTORY}/kit"
SUDOERS_DIRECTORY = "/etc/sudoers.d"

CONFIGURATION = "/etc/forgeboard"
REGISTRY = f"{CONFIGURATION}/apps.yml"

STATE = "/var/lib/forgeboard"
FORMAT_FILE = f"{STATE}/format"
APPLIED = f"{STATE}/apps"
JOURNALS = f"{STATE}/journal"
LOCKS = f"{STATE}/locks"
REMOVED = f"{STATE}/removed"
ADOPTED = f"{STATE}/adopted"

UNITS = "/etc/systemd/system"
TMPFILES = "/etc/tmpfiles.d"
SITES = "/etc/nginx/conf.d"

APPS = "/srv/forgeboard"
RUNTIME = "/run/forgeboard"

SLOTS = ("a", "b")


def kit_archive(hash: str) -> str:
    return f"{KIT_DIRECTORY}/kit-{hash}.pyz"


def sudoers_file(user: str) -> str:
    """sudo passes over files with a dot in their name, and users may have one."""
    return f"{SUDOERS_DIRECTORY}/forgeboard-{user.replace('.', '=2E')}"


def user(app: str) -> str:
    """The app's Unix user and group."""
    return f"fb-{app}"


def variables(app: str) -> str:
    """Folder of the versions of the app's variables, 0600 each."""
    return f"{CONFIGURATION}/apps/{app}/vars"


def configuration(app: str) -> str:
    return f"{CONFIGURATION}/apps/{app}"


def applied(app: str) -> str:
    """What was last applied: the spec and the rendered texts."""
    return f"{APPLIED}/{app}.json"


def journals(app: str) -> str:
    return f"{JOURNALS}/{app}"


def journal(app: str, deployment: int) -> str:
    return f"{JOURNALS}/{app}/{deployment}.jsonl"


def undo(journal: str) -> str:
    """Beside a journal while its deployment changes the configuration: what was there before."""
    return f"{journal[: -len('.jsonl')]}.undo"


def removing(app: str) -> str:
    """There while the app is being taken away: what was begun, so that it can be brought to its end."""
    return f"{REMOVED}/{app}.removing"


def adopted(app: str) -> str:
    """Folder of what is known of an app that was taken over, with copies of its original files."""
    return f"{ADOPTED}/{app}"


def lock(app: str) -> str:
    """Held (flock) by whoever changes the app."""
    return f"{LOCKS}/{app}"


def drain_lock(app: str) -> str:
    """Held while an old slot drains and stops."""
    return f"{LOCKS}/{app}.drain"


def warm_lock(app: str) -> str:
    """Held by whoever keeps the idle slot warm."""
    return f"{LOCKS}/{app}.warm"


def unit_file(app: str) -> str:
    """The template whose instances are the slots."""
    return f"{UNITS}/forgeboard-{app}.web@.service"


def unit(app: str, slot: str) -> str:
    """The unit's name, for systemd."""
    return f"forgeboard-{app}.web@{slot}.service"


def proxy_file(app: str) -> str:
    """What accepts for a web process that listens on a port; there where the app has such a process."""
    return f"{UNITS}/forgeboard-{app}.proxy@.socket"


def boot_unit(app: str) -> str:
    """Name of the oneshot that starts the live slot at boot."""
    return f"forgeboard-{app}.boot.service"


def boot_file(app: str) -> str:
    return f"{UNITS}/{boot_unit(app)}"


def boot_link(app: str) -> str:
    return f"{UNITS}/multi-user.target.wants/{boot_unit(app)}"


def tmpfiles(app: str) -> str:
    return f"{TMPFILES}/forgeboard-{app}.conf"


def site(app: str) -> str:
    return f"{SITES}/forgeboard-{app}.conf"


def root(app: str) -> str:
    return f"{APPS}/{app}"


def objects(app: str) -> str:
    return f"{APPS}/{app}/objects"


def releases(app: str) -> str:
    return f"{APPS}/{app}/releases"


def release(app: str, number: int) -> str:
    return f"{APPS}/{app}/releases/{number}"


def venvs(app: str) -> str:
    return f"{APPS}/{app}/venvs"


def slots(app: str) -> str:
    return f"{APPS}/{app}/slots"


def slot(app: str, slot: str) -> str:
    """Folder of what a slot runs: the symlinks release, venv, vars."""
    return f"{APPS}/{app}/slots/{slot}"


def port_file(app: str, slot: str) -> str:
    """PORT=... of a web process that listens on a port; in a place where the app cannot write."""
    return f"{slots(app)}/{slot}/port"


def data(app: str) -> str:
    """The only folder that the app may write."""
    return f"{APPS}/{app}/data"


def live(app: str) -> str:
    """THE ARBITER: symlink to runtime(app, slot) of the slot that serves."""
    return f"{APPS}/{app}/live"


def runtime(app: str, slot: str = "") -> str:
    return f"{RUNTIME}/{app}/{slot}" if slot else f"{RUNTIME}/{app}"


def warm(app: str, slot: str) -> str:
    """There while the slot waits warm, and beside it what it waits for."""
    return f"{RUNTIME}/{app}/{slot}.warm"


def socket(app: str, slot: str) -> str:
    return f"{RUNTIME}/{app}/{slot}/app.sock"
