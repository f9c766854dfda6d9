"""What a web process runs first while its slot is warmed: the app's own interpreter runs this file, as the app's user, in
the app's unit, in place of `-m`. It is no module of the kit and imports none of it; the kit writes it into the slot's
folder (warmslot.py) together with plan.json:

  mode "record": start as ever; once the app is imported, write down which packages it had imported.
  mode "wait": start the server, import the packages in each worker, and wait there. The app's own code is not touched until
  the kit says go; where whoever wanted the slot warm is gone (its end of the fifo is closed), end.
"""

import fcntl
import importlib
import json
import mmap
import os
import runpy
import select
import signal
import sys

PLACE = os.path.dirname(os.path.abspath(__file__))
MASTER = os.getpid()
WATCHDOG = 5.0  # seconds: gunicorn ends a worker that says nothing for 30
NOT_PACKAGES = ("__main__", "__mp_main__", "sitecustomize", "usercustomize")


class Plan:
    def __init__(self, said):
        self.mode = said["mode"]
        self.folder = said["folder"]  # the app's folder by the slot's link, which the kit points elsewhere
        self.modules = said.get("modules") or []
        self.pwd = os.environ.get("PWD")
        self.gone = mmap.mmap(-1, 1)  # shared with the workers: 1 once it was said go, for those that are forked later


def inside(path):
    """Whether a file belongs to the packages or the standard library, and not to the app."""
    return path.startswith((sys.prefix + "/", os.path.dirname(os.__file__) + "/"))


def imported():
    """Names of the modules of packages and standard library that are loaded, in the order in which they came."""
    found = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is not None and spec.name == name and name not in NOT_PACKAGES and inside(spec.origin or ""):
            found.append(name)
    return found


def say(**facts):
    """To the kit. The fifo is opened for each word: a descriptor that stays would be the app's later."""
    try:
        descriptor = os.open(PLACE + "/said", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # nobody listens any more
    try:
        os.write(descriptor, json.dumps(dict(facts, pid=os.getpid())).encode()[:2000] + b"\n")
    except OSError:
        pass
    finally:
        os.close(descriptor)


def leave():
    """Nobody wants it any more, or it cannot wait. Status 0, or systemd would start it again."""
    if os.getpid() != MASTER:
        os.kill(MASTER, signal.SIGTERM)
    os._exit(0)


def kept():
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def preload(names):
    """Imports them; gives a reason where one leaves behind what must not be there before the app's own code."""
    path, sys.path[:] = sys.path[:], [entry for entry in sys.path if inside(entry + "/")]
    before = kept()
    try:
        for name in names:
            if name in sys.modules:
                continue
            try:
                importlib.import_module(name)
            except Exception:
                continue  # the app will meet it again, or never
            now = kept()
            if now[0] > before[0]:
                return "importing %s starts a thread" % name
            if now[1] > before[1]:
                return "importing %s leaves a file open" % name
    finally:
        sys.path[:] = path
    return None


def wait(plan, pulse):
    """Until the kit says go. pulse: called every few seconds, or None."""
    if not plan.gone[0]:
        handlers = {number: signal.signal(number, lambda *_: os._exit(0)) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)}
        reason = preload(plan.modules)
        if reason is not None:
            say(off=reason)
            leave()
        fifo = os.open(PLACE + "/fifo", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        poll = select.poll()
        poll.register(fifo, select.POLLIN)
        say(ready=True)
        try:
            woken = os.read(fifo, 1) or True  # b"": nobody has its other end, and poll would never say so
        except BlockingIOError:
            woken = False
        while not woken:
            if pulse is not None:
                pulse()
            woken = poll.poll(None if pulse is None else WATCHDOG * 1000)
        os.close(fifo)
        if not os.path.exists(PLACE + "/go"):
            leave()
        plan.gone[0] = 1
        for number, handler in handlers.items():
            signal.signal(number, handler)
        say(went=True)
    arrive(plan)


def arrive(plan):
    """In the release that the slot points at now, as if the process had been started there."""
    os.chdir(plan.folder)
    here = os.getcwd()
    sys.path[:] = [here if entry == plan.folder else entry for entry in sys.path]
    os.environ.pop("PWD", None)
    if plan.pwd is not None:
        os.environ["PWD"] = plan.pwd
    importlib.invalidate_caches()


def record():
    """Beside the socket: the only place there that the app's user may write."""
    path = os.path.join(os.path.dirname(os.environ["SOCKET"]), "modules.json")
    try:
        with open("%s.%d" % (path, os.getpid()), "w") as file:
            json.dump(imported(), file)
        os.rename("%s.%d" % (path, os.getpid()), path)
    except OSError:
        pass  # without a list nothing is warmed


def end_with_the_kit():
    """SIGTERM as soon as nobody has the fifo's other end."""
    fifo = os.open(PLACE + "/fifo", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.fcntl(fifo, fcntl.F_SETOWN, MASTER)
    fcntl.fcntl(fifo, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(fifo, fcntl.F_SETFL, fcntl.fcntl(fifo, fcntl.F_GETFL) | os.O_ASYNC)
    try:
        if os.read(fifo, 1) == b"":
            leave()
    except BlockingIOError:
        pass


def around(owner, name, plan):
    """Waits before, or records after, the function that imports the app."""
    original = getattr(owner, name)

    def replaced(self, *arguments, **named):
        if plan.mode == "wait":
            wait(plan, getattr(self, "notify", None))
        result = original(self, *arguments, **named)
        if plan.mode == "record":
            record()
        return result

    setattr(owner, name, replaced)


def main():
    with open(PLACE + "/plan.json", encoding="utf-8") as file:
        plan = Plan(json.load(file))
    sys.argv[:] = sys.argv[2:]  # what stood behind -m
    server = sys.argv[0]
    # As `python -m` has it; while it waits by the link, so that what the server keeps of it stays true.
    sys.path[0] = plan.folder if plan.mode == "wait" else os.getcwd()
    if plan.mode == "wait":
        os.environ["PWD"] = plan.folder
    if plan.mode == "record":
        end_with_the_kit()
    if server == "gunicorn":
        around(importlib.import_module("gunicorn.workers.base").Worker, "load_wsgi", plan)
    else:
        around(importlib.import_module("uvicorn.config").Config, "load", plan)
    runpy.run_module(server, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
