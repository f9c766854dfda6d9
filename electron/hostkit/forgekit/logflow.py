"""Lines on their way to a client: in batches, and no more a second than a person and a slow link can take. What is too much
is only counted, here on the host."""

from __future__ import annotations

import json
import time
from typing import Any, Optional

BATCH_BYTES = 64 << 10
BATCH_SECONDS = 0.02
# A second, of all sources together:
RATE_BYTES = 400_000
RATE_LINES = 4_000
RATE_LOOKED = 40_000  # entries that are parsed only to see whether they are wanted
OVERHEAD, REQUEST = 170, 200  # bytes of a line beside its text, of its request


class Flow:
    """sources: by name, each with place() and settle(), whose places make the cursor that goes with everything sent."""

    def __init__(self, call: Any, sources: dict[str, Any]) -> None:
        self._call = call
        self._sources = sources
        self._lines: list[dict[str, Any]] = []
        self._size = 0
        self._since = 0.0
        self._second = time.monotonic()
        self._sent_bytes = self._sent_lines = 0
        self.looked = 0
        self._left: Optional[list[int]] = None  # lines, bytes
        self._left_by: set[Any] = set()
        self._dropped: Optional[list[int]] = None  # lines, time of the last
        self.total = 0

    @property
    def full(self) -> bool:
        """Nothing more is sent in this second."""
        if self._sent_bytes < RATE_BYTES and self._sent_lines < RATE_LINES and self.looked < RATE_LOOKED:
            return False
        self.flush()
        return True

    def add(self, line: dict[str, Any]) -> None:
        if not self._lines:
            self._since = time.monotonic()
        self._lines.append(line)
        size = len(line["text"]) + OVERHEAD + (REQUEST if line["request"] else 0)
        self._size += size
        self._sent_bytes += size
        self._sent_lines += 1
        self.total += 1
        if self._size > BATCH_BYTES:
            self.flush()

    def left(self, source: Any, lines: int, size: int) -> None:
        """So many lines of a source, of so many bytes, are not sent; its settle() says later where it stands."""
        if lines:
            before = self._left or [0, 0]
            self._left = [before[0] + lines, before[1] + size]
            self._left_by.add(source)

    def dropped(self, at: int, lines: int) -> None:
        """journald itself left out so many."""
        self.flush()
        self._dropped = [(self._dropped or [0, 0])[0] + lines, at]
        if self._left is None:
            self._tell()

    def flush(self) -> None:
        if self._lines:
            lines, self._lines, self._size = self._lines, [], 0
            self._call.emit({"type": "lines", "lines": lines, "cursor": self.cursor()})

    def wait(self) -> Optional[float]:
        """Seconds until tick() has something to do; None for never."""
        times = [self._since + BATCH_SECONDS] if self._lines else []
        times += [self._second + 1] if self._left is not None or self._sent_lines or self.looked else []
        return max(0.0, min(times) - time.monotonic()) if times else None

    def tick(self) -> None:
        now = time.monotonic()
        if self._lines and now >= self._since + BATCH_SECONDS:
            self.flush()
        if now >= self._second + 1:
            self.flush()
            self._tell()
            self._second = now
            self._sent_bytes = self._sent_lines = self.looked = 0

    def end(self) -> None:
        self.flush()
        self._tell()

    def cursor(self) -> str:
        return json.dumps({name: source.place() for name, source in self._sources.items()}, separators=(",", ":"))

    def _tell(self) -> None:
        left, self._left = self._left, None
        by, self._left_by = self._left_by, set()
        dropped, self._dropped = self._dropped, None
        if left is not None:
            at = max(source.settle() for source in by)
            self._call.emit({"type": "left", "reason": "rate", "at": at, "lines": left[0], "bytes": left[1], "cursor": self.cursor()})
        if dropped is not None:
            self._call.emit({"type": "left", "reason": "journald", "at": dropped[1], "lines": dropped[0], "bytes": 0, "cursor": self.cursor()})
