"""One client's requests: starts each in its thread, feeds it its body, tells it to stop, and sends what it answers."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections import deque
from typing import Any, Callable, Optional, Union

from . import actions, frames
from .failure import Failure

BUFFERED = 4 << 20  # bytes of a body that wait for their action before the connection is not read any further
FAREWELL = 20.0  # seconds that actions get to clean up after the client is gone


class Body:
    """The bytes that follow a request."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._parts: deque[memoryview] = deque()
        self._waiting = 0
        self._ended = False
        self._cut = False

    def read(self, count: int) -> memoryview:
        """1 to `count` bytes, none at the end. Blocks; raises Failure('cancelled') where the client is gone."""
        with self._change:
            self._change.wait_for(lambda: self._parts or self._ended or self._cut)
            if self._cut:
                raise Failure("cancelled", "the upload was broken off")
            if not self._parts:
                return memoryview(b"")
            part = self._parts.popleft()
            if len(part) > count:
                self._parts.appendleft(part[count:])
                part = part[:count]
            self._waiting -= len(part)
            self._change.notify_all()
            return part

    def read_exactly(self, count: int) -> bytes:
        """Exactly `count` bytes; Failure('invalid') where the body ends before."""
        parts: list[memoryview] = []
        while count:
            part = self.read(count)
            if not part:
                raise Failure("invalid", "the upload ended early")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def put(self, part: memoryview) -> None:
        with self._change:
            self._change.wait_for(lambda: self._waiting < BUFFERED or self._ended or self._cut)
            if self._ended or self._cut:
                return
            if part:
                self._parts.append(part)
                self._waiting += len(part)
            else:
                self._ended = True
            self._change.notify_all()

    def cut(self) -> None:
        with self._change:
            self._cut = True
            self._change.notify_all()


class Call:
    """What an action is given."""

    def __init__(self, session: "Session", identity: int, arguments: dict[str, Any], has_body: bool) -> None:
        self.arguments = arguments
        self.body = Body()
        self.cancelled = threading.Event()
        self._session = session
        self._identity = identity
        self._lock = threading.Lock()
        self._on_cancel: list[Callable[[], None]] = []
        if not has_body:
            self.body.put(memoryview(b""))

    def emit(self, event: dict[str, Any]) -> None:
        """Sends an event. Blocks while the client does not read; does nothing once the client is gone."""
        self._session.send({"id": self._identity, "event": event})

    def on_cancel(self, function: Callable[[], None]) -> None:
        """Calls the function when the call is cancelled or the client is gone: at once if that has happened."""
        with self._lock:
            if not self.cancelled.is_set():
                self._on_cancel.append(function)
                return
        function()

    def check(self) -> None:
        """Raises Failure('cancelled') if the call was cancelled."""
        if self.cancelled.is_set():
            raise Failure("cancelled", "it was cancelled")

    def cancel(self) -> None:
        with self._lock:
            self.cancelled.set()
            functions, self._on_cancel = self._on_cancel, []
        self.body.cut()
        for function in functions:
            try:
                function()
            except Exception:
                traceback.print_exc(file=sys.stderr)


class Session:
    def __init__(self, nonce: bytes, sink: int, invoker: int = 0) -> None:
        self._nonce = nonce
        self._sink = sink
        self._invoker = invoker  # uid of who signed in
        self.program: Optional[Callable[[int, int], None]] = None  # what the process becomes now, given stdin and stdout
        self._write = threading.Lock()
        self._gone = False
        self._packs = False  # the client sends large messages compressed, so it reads them, too
        self._calls: dict[int, Call] = {}
        self._receiving: Optional[Call] = None  # whose body part has begun
        self._threads: set[threading.Thread] = set()

    def prepare(self) -> None:
        """Imports what most clients ask for next, while the client is still reading hello."""
        threading.Thread(target=actions.preload, daemon=True).start()

    def take(self, kind: bytes, payload: Union[bytes, memoryview]) -> None:
        """One frame of the client, or a piece of one (frames.Reader)."""
        if kind in (b"B", b"b"):
            part = memoryview(payload)
            if kind == b"B":
                self._receiving, part = self._calls.get(int.from_bytes(part[:4], "big")), part[4:]
            if self._receiving is not None:
                self._receiving.body.put(part)
            return
        if kind == b"Z":
            payload, self._packs = frames.unpack(payload), True
        message = json.loads(bytes(payload))
        if "ping" in message:
            self.send({"pong": message["ping"]})
        elif "cancel" in message:
            call = self._calls.get(message["cancel"])
            if call is not None:
                call.cancel()
        elif "program" in message:
            self._find(message)
        elif isinstance(message.get("id"), int):
            call = Call(self, message["id"], message.get("arguments") or {}, bool(message.get("body")))
            self._calls[message["id"]] = call
            thread = threading.Thread(target=self._run, args=(message["id"], message.get("action"), call), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _find(self, message: dict[str, Any]) -> None:
        from . import programs  # rarely wanted

        try:
            self.program = programs.program(message, self._invoker)
            self.send({"id": message.get("id"), "ok": True, "value": {}})
        except Exception as error:
            self.send({"id": message.get("id"), "ok": False, "failure": _explain(error, "program").record()})

    def send(self, message: dict[str, Any]) -> None:
        payload = json.dumps(message, separators=(",", ":")).encode()
        packs = self._packs and len(payload) > frames.PLAIN_LIMIT
        rest = memoryview(frames.packed(self._nonce, payload) if packs else frames.frame(self._nonce, b"J", payload))
        with self._write:
            try:
                while rest and not self._gone:
                    rest = rest[os.write(self._sink, rest) :]
            except OSError:
                self._gone = True

    def end(self) -> None:
        """The client is gone: everything is cancelled and gets a moment to clean up after itself."""
        self._gone = True
        for call in list(self._calls.values()):
            call.cancel()
        limit = time.monotonic() + FAREWELL
        for thread in list(self._threads):
            thread.join(max(0.0, limit - time.monotonic()))

    def _run(self, identity: int, action: str, call: Call) -> None:
        reply: dict[str, Any] = {"id": identity}
        try:
            reply.update(ok=True, value=actions.find(action)(call))
        except BaseException as error:
            reply.update(ok=False, failure=_explain(error, action).record())
        call.body.cut()
        self._calls.pop(identity, None)
        self._threads.discard(threading.current_thread())
        self.send(reply)


def _explain(error: BaseException, action: str) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError):
        from . import diagnosis  # rarely needed, so not at every start

        found = diagnosis.of_disk(error)
        if found is not None:
            return found
    identity = os.urandom(4).hex()
    sys.stderr.write(f"forgekit: bug {identity} in {action}\n{''.join(traceback.format_exception(type(error), error, error.__traceback__))}")
    sys.stderr.flush()
    return Failure("bug", f"something unforeseen happened in the kit ({identity})", hint="The log of ForgeBoard has the details.", facts={"id": identity})
