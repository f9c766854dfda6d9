"""/etc/forgeboard/apps.yml: what people want. Bytes with a digest; only TypeScript reads what is in them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Optional

from . import files, locks, paths
from .failure import Failure

LIMIT = 4 << 20  # bytes


def read(_call: Any) -> dict[str, Any]:
    """The registry's text and the digest (SHA-256, hex, of its bytes; "" where there is no file)."""
    return current()


def current() -> dict[str, str]:
    """What `read` answers."""
    content = files.read_bytes(paths.REGISTRY, LIMIT)
    try:
        return {"text": (content or b"").decode(), "digest": _digest(content)}
    except UnicodeDecodeError as error:
        line = (content or b"")[: error.start].count(b"\n") + 1
        raise Failure("config-invalid", f"{paths.REGISTRY}:{line} is not valid UTF-8", hint="Save the file as UTF-8.") from None


def checked(change: Any) -> Optional[dict[str, str]]:
    """The argument {text, digest} or null."""
    if change is None:
        return None
    if not isinstance(change, dict) or not isinstance(change.get("text"), str) or not isinstance(change.get("digest"), str):
        raise Failure("invalid", "a change of the registry is {text, digest}", field="registry")
    if len(change["text"].encode()) > LIMIT:
        raise Failure("limit", f"the registry is larger than {LIMIT} bytes", field="registry")
    return {"text": change["text"], "digest": change["digest"]}


def compare(change: Optional[dict[str, str]]) -> None:
    """Failure('conflict') where the registry is not what the plan was made from."""
    if change is not None:
        require(change["digest"])


def require(digest: str) -> None:
    """Failure('conflict') where the registry has another digest."""
    if _digest(files.read_bytes(paths.REGISTRY, LIMIT)) != digest:
        raise Failure("conflict", f"{paths.REGISTRY} changed since the plan", hint="Look at the new plan and apply that.", facts={"changed": paths.REGISTRY})


def write(change: dict[str, str]) -> Optional[str]:
    """Writes the text if the file still has the digest; gives the text that was there before, for restore()."""
    lock = locks.take_shared_step("registry")
    try:
        compare(change)
        before = files.read_text(paths.REGISTRY, LIMIT)
        files.write_atomic(paths.REGISTRY, change["text"], 0o644)
        return before
    finally:
        lock.release()


def restore(before: Optional[str], after: str) -> bool:
    """Takes a write back. Where somebody wrote in between, only lines that were added in one place are taken out again;
    False where that cannot be done."""
    lock = locks.take_shared_step("registry")
    try:
        now = files.read_text(paths.REGISTRY, LIMIT)
        if now == after:
            text = before
        else:
            added = _added(before or "", after)
            if not now or not added or now.count(added) != 1:
                return False
            text = now.replace(added, "")
        if text is None:
            files.remove(paths.REGISTRY)
        else:
            files.write_atomic(paths.REGISTRY, text, 0o644)
        return True
    finally:
        lock.release()


def _added(before: str, after: str) -> str:
    """The lines that `after` has more, if they stand together and nothing else differs; else ""."""
    old, new = before.splitlines(True), after.splitlines(True)
    start = 0
    while start < len(old) and start < len(new) and old[start] == new[start]:
        start += 1
    end = len(new) - (len(old) - start)
    return "".join(new[start:end]) if end > start and new[end:] == old[start:] else ""


def _digest(content: Optional[bytes]) -> str:
    return "" if content is None else sha256(content).hexdigest()
