"""What every deployment at work shares: its process, its steps in the journal, its place in the lock, its cancelling."""

from __future__ import annotations

import gc
import os
import signal
import time
import traceback
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from . import bytecode, dbus, journal as journals, locks, spare, watching
from .failure import Failure

MOST_SECONDS = 3600  # a deployment that takes longer is taken for hung and rolled back


def fork(journal: journals.Journal, lock: locks.Lock, run: Callable[[Callable[[], None]], None]) -> int:
    """Runs in a process of its own, forked so that no interpreter has to start; it takes over journal and lock. `run` gets
    a function to call once the lock names its process: only then this returns, with the process id."""
    ready, said = os.pipe()
    child = os.fork()
    if child:
        os.close(said)
        os.read(ready, 1)  # the lock names the runner before anybody is told of it
        os.close(ready)
        return child
    status = 1
    try:
        gc.disable()  # it would touch every object for nothing
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        bytecode.close_all_but(journal.descriptor, lock.descriptor, said)
        spare.spare(spare.RUNNER)
        run(lambda: os.close(said))
        status = 0
    except BaseException:
        journal.note(trace=traceback.format_exc()[-8000:])
    finally:
        os._exit(status)


class Work:
    """Steps with their intent and end; the first signal cancels until the switch."""

    bus: dbus.Bus
    wake: watching.Wake

    def __init__(self, app: str, number: int, head: dict[str, Any], journal: journals.Journal, lock: locks.Lock) -> None:
        self.app = app
        self.number = number
        self.head = head
        self.journal = journal
        self.lock = lock
        self.cancellable = True
        self.current = ""
        self.times: dict[str, float] = {}
        self.left = False

    def listen_to_signals(self) -> None:
        self.wake = watching.Wake()
        signal.signal(signal.SIGTERM, self._cancel)
        signal.signal(signal.SIGALRM, self._cancel)
        signal.alarm(MOST_SECONDS)

    def _cancel(self, number: int, _frame: Any) -> None:
        if self.cancellable:
            self.cancellable = False
            if number == signal.SIGALRM:
                raise Failure("timeout", f"the deployment took longer than {MOST_SECONDS // 60} minutes")
            raise Failure("cancelled", "the deployment was cancelled")

    def leave_session(self) -> None:
        """Asks systemd for a scope of our own, once and without waiting: nothing that follows depends on it."""
        if self.left:
            return
        self.left = True
        name = f"forgeboard-deploy-{self.app}-{self.number}.scope"
        properties = [("PIDs", ("au", [os.getpid()])), ("Description", ("s", f"ForgeBoard deployment {self.number} of {self.app}")), ("CollectMode", ("s", "inactive-or-failed"))]
        self.bus.manager("StartTransientUnit", "ssa(sv)a(sa(sv))", name, "fail", properties, [])

    @contextmanager
    def step(self, name: str, changes: bool = True, **intent: Any) -> Iterator[dict[str, str]]:
        """A step with its intent, durable where it changes something, and its end. What is put into the yielded dictionary
        goes with the end."""
        self.own(name)
        self.current = name
        self.journal.step(name, "running", sync=changes, **intent)
        began = time.monotonic()
        more: dict[str, str] = {}
        try:
            yield more
        except BaseException:
            self.journal.step(name, "failed", ms=since(began))
            raise
        self.times[name] = since(began)
        self.journal.step(name, "done", ms=self.times[name], **more)

    def own(self, step: str) -> None:
        self.lock.say(who=self.head["actor"], deployment=self.number, step=step, since=self.head["startedAt"], pid=os.getpid())


def since(began: float) -> float:
    """Milliseconds."""
    return round((time.monotonic() - began) * 1000, 1)
