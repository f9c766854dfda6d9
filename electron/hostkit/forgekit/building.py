"""Making a release on the host: its tree, its packages, its build hook, its bytecode, its manifest; and making sure that one
which is there is still what it was."""

from __future__ import annotations

from typing import Any, Optional

from . import bytecode, configure, hooks, journal as journals, kinds, locks, paths, persist, releases, trees, users, venvs, versions
from .failure import Failure
from .work import Work


FEW = 16  # sources that are compiled while systemd sets the app's sandbox up; more would come too late for its imports


class Task:
    """What is to be done; checked and prepared before the fork: a forked process pays for every page that it touches first.

    kind: "deploy" builds release `release` from entries, "rollback" takes one that is there, "restart", "start",
    "variables" and "configure" the live one.
    """

    def __init__(self, kind: str, app: str, number: int, release: int, spec: dict[str, Any], plan: venvs.Plan) -> None:
        self.kind = kind
        self.app = app
        self.number = number
        self.release = release
        self.spec = spec
        self.plan = plan
        self.entries: list[releases.Entry] = []
        self.digest = ""
        self.commit: Optional[dict[str, Any]] = None
        self.apply: Optional[dict[str, Any]] = None
        self.variables: Optional[versions.Version] = None  # a version to be written first
        self.version = 0  # of the variables that the slot gets
        self.archive: Optional[str] = None  # of a removed app, that comes back with it; gone once it is live
        self.starts = True  # False: a configuration that no process sees
        self.moves = False  # out of a unit that was taken over
        self.head: dict[str, Any] = {}
        self.check = 30.0
        self.drain = 30.0


class Building(Work):
    """The steps of a deployment up to the start."""

    def __init__(self, task: Task, journal: journals.Journal, lock: locks.Lock) -> None:
        super().__init__(task.app, task.number, task.head, journal, lock)
        self.task = task
        self.spec = task.spec
        self.built = False
        self.uncompiled: Optional[bytecode.Missing] = None

    def _user(self) -> tuple[int, int]:
        """The app's user, and the group that reads its releases."""
        found = users.find(self.app)
        if found is None:
            raise Failure("conflict", f"the user {paths.user(self.app)} is missing", hint="Apply the app's configuration again.")
        return found[0], kinds.reader(self.spec, found[1])

    def _build(self, uid: int, gid: int) -> None:
        """All that a new release is made of. The tree is made twice where there is a build: packages are installed from
        the first one, since a requirement may be a file of the release."""
        task = self.task
        self._tree(uid, gid)
        if venvs.complete(self.app, task.plan.key):
            self.journal.step("packages", "skipped", detail="as before")
        else:
            self._install(uid, gid)
        if self.spec.get("build"):
            with self.step("build") as more:
                before = len(task.entries)
                task.entries = hooks.build(self.app, task.release, task.entries, self.spec["build"], task.plan, self.spec, (uid, gid), lambda text: self.journal.output("build", text))
                more["detail"] = f"{len(task.entries)} files, {before} before"
            trees.discard(self.app, task.release)
            self._tree(uid, gid)
        self._compile(uid, gid)

    def _tree(self, uid: int, gid: int) -> None:
        task = self.task
        own = persist.sealed(task.entries, self.spec)
        with self.step("tree") as more:
            self.built = True
            releases.build(self.app, task.release, own, gid)
            kept = persist.link(self.app, task.release, task.entries, self.spec, uid, gid)
            more["detail"] = f"{len(own)} files" + (f", {kept} kept in the data folder" if kept else "")

    def _install(self, uid: int, gid: int) -> None:
        task = self.task
        with self.step("packages"), hooks.readable(self.app, task.release, task.entries, self.spec, uid, gid) as tree:
            venvs.make(self.app, task.plan, tree, uid, gid, lambda text: self.journal.output("packages", text))

    def _compile(self, uid: int, gid: int) -> None:
        task, plan = self.task, self.task.plan
        if self.spec["type"] == "static":
            return  # nginx would hand it out
        with self.step("bytecode", changes=False) as more:
            self.uncompiled = bytecode.link(self.app, task.release, persist.sealed(task.entries, self.spec), bytecode.Target(plan.python, plan.tag, uid, gid))
            lacking = len(self.uncompiled)
            more["detail"] = f"{lacking} compiled" if lacking > FEW else f"{lacking} to compile while it starts" if lacking else "as before"
            if lacking > FEW:
                self._compile_rest()

    def _compile_rest(self) -> None:
        if self.uncompiled is not None:
            self.uncompiled.compile()

    def _verify(self) -> None:
        """The release is as it was when it was sealed, or is made so again; nothing live has been touched yet."""
        task = self.task
        uid, gid = self._user()
        own = persist.sealed(task.entries, self.spec)
        with self.step("verify", changes=False) as more:
            wrong = [name for name in trees.differences(self.app, task.release, own, task.plan.tag) if not persist.is_kept(name, self.spec)]
            if wrong:
                trees.require_contents(self.app, task.release, own, wrong)
                more["detail"] = f"made again, for it was changed on the server: {trees.listed(wrong)}"
            else:
                more["detail"] = f"{len(own)} files are as they were"
        if wrong:
            trees.discard(self.app, task.release)
            self._tree(uid, gid)
            self._compile(uid, gid)
        if not venvs.complete(self.app, task.plan.key):
            self._install(uid, gid)

    def _hook(self, name: str) -> None:
        """The commands of a hook, as a step of its own; they see the release, its packages and the newest variables."""
        if self.task.kind == "deploy" and self.spec.get(name):
            task, (uid, gid) = self.task, self._user()
            with self.step(name), hooks.readable(self.app, task.release, task.entries, self.spec, uid, gid) as tree:
                venv = venvs.folder(self.app, task.plan.key)
                hooks.run(self.app, name, self.spec[name], tree, venv, self.spec, versions.link(self.app, self.task.version), lambda text: self.journal.output(name, text))

    def _complete(self) -> None:
        """What the release still lacks, while systemd starts the unit."""
        self.leave_session()
        self._compile_rest()
        self._seal()

    def _seal(self) -> None:
        """The manifest: everything that a rollback to this release puts back."""
        task, head = self.task, self.head
        if task.kind != "deploy":
            return
        applied = configure.applied(self.app) or {}
        facts = {"format": releases.FORMAT, "deployment": self.number, "createdAt": head["startedAt"], "actor": head["actor"], "origin": head["origin"]}
        facts.update(venv=task.plan.key, python=task.plan.version, digest=task.digest, commit=task.commit, variables=task.version, cold=False)
        facts.update(spec=self.spec, texts=applied.get("files"), entry=applied.get("entry"), steps=dict(self.times))
        releases.seal(self.app, task.release, facts, task.entries)
