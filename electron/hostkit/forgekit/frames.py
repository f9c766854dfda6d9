"""The framing on stdin and stdout, the same as electron/hostkit/frames.ts.

A frame: nonce (16 characters), type J or B, length (8 hex digits), payload. J is UTF-8 JSON of at most 8 MiB; B is a
request's id (4 bytes, big-endian) and at most 1 MiB of its body. Whatever is not a frame (a noisy login shell) is
skipped up to the next nonce.
"""

from __future__ import annotations

from typing import Iterator

HEADER = 25
JSON_LIMIT = 8 << 20
BODY_LIMIT = (1 << 20) + 4


class TooLarge(Exception):
    """The other side announced more than a frame may hold: it cannot be trusted to be in step any more."""


def frame(nonce: bytes, kind: bytes, payload: bytes) -> bytes:
    return b"%s%s%08x%s" % (nonce, kind, len(payload), payload)


class Reader:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self, nonce: bytes) -> None:
        self._nonce = nonce
        self._buffer = bytearray()

    def feed(self, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        """(type, payload) of each frame that is now complete."""
        buffer = self._buffer
        buffer += content
        while True:
            start = buffer.find(self._nonce)
            if start != 0:
                # The end of the noise may be the beginning of a nonce.
                del buffer[: start if start > 0 else max(0, len(buffer) - len(self._nonce) + 1)]
                if start < 0:
                    return
            if len(buffer) < HEADER:
                return
            kind, length = bytes(buffer[16:17]), _length(buffer[17:HEADER])
            if kind not in (b"J", b"B") or length < 0:
                del buffer[:1]
                continue
            if length > (JSON_LIMIT if kind == b"J" else BODY_LIMIT):
                raise TooLarge(f"a frame of {length} bytes")
            if len(buffer) < HEADER + length:
                return
            payload = bytes(buffer[HEADER : HEADER + length])
            del buffer[: HEADER + length]
            yield kind, payload


def _length(digits: bytes) -> int:
    text = digits.decode("latin-1")
    return int(text, 16) if all(digit in "0123456789abcdef" for digit in text) else -1
