"""The framing on stdin and stdout, the same as electron/hostkit/frames.ts.

A frame: nonce (16 characters), type J, Z or B, length (8 hex digits), payload. J is UTF-8 JSON of at most 8 MiB, Z the
same compressed by zlib, of at most 16 MiB, and 64 MiB unpacked; B is a request's id (4 bytes, big-endian) and at most 1 MiB of its
body. Whatever is not a frame (a noisy login shell) is skipped up to the next nonce.
"""

from __future__ import annotations

from typing import Iterator, Union

HEADER = 25
JSON_LIMIT = 8 << 20
PACKED_LIMIT = 16 << 20  # 150,000 files with their hashes, which hardly shrink, take 8 to 12 MiB
PLAIN_LIMIT = 1 << 20  # JSON above this is sent compressed, to a client that does so itself
UNPACKED_LIMIT = 64 << 20
BODY_LIMIT = (1 << 20) + 4


class TooLarge(Exception):
    """The other side announced more than a frame may hold: it cannot be trusted to be in step any more."""


def frame(nonce: bytes, kind: bytes, payload: bytes) -> bytes:
    return b"%s%s%08x%s" % (nonce, kind, len(payload), payload)


def unpack(payload: Union[bytes, memoryview]) -> bytes:
    """The JSON of a Z frame."""
    import zlib  # after hello

    unpacking = zlib.decompressobj()
    content = unpacking.decompress(payload, UNPACKED_LIMIT)
    if not unpacking.eof:
        raise TooLarge("a message that is cut, or unpacks to more than any has")
    return content


def packed(nonce: bytes, payload: bytes) -> bytes:
    """A Z frame of JSON."""
    import zlib

    return frame(nonce, b"Z", zlib.compress(payload, 4))


class Reader:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self, nonce: bytes) -> None:
        self._nonce = nonce
        self._buffer = bytearray()
        self._left = 0  # of the body part that has begun

    def feed(self, content: bytes) -> Iterator[tuple[bytes, Union[bytes, memoryview]]]:
        """(type, payload) of each frame that is now complete. A part of a body is not waited for: what has come of it is
        given as B, and the rest as it comes as b, of the same request. An upload would be copied three times otherwise."""
        rest = memoryview(content)
        if self._left:
            part, rest = rest[: self._left], rest[self._left :]
            self._left -= len(part)
            yield b"b", part
        buffer = self._buffer
        buffer += rest
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
            if kind not in (b"J", b"Z", b"B") or length < 0:
                del buffer[:1]
                continue
            if length > {b"B": BODY_LIMIT, b"J": JSON_LIMIT, b"Z": PACKED_LIMIT}[kind]:
                raise TooLarge(f"a frame of {length} bytes")
            if kind == b"B" and HEADER + 4 < len(buffer) < HEADER + length:
                self._left = HEADER + length - len(buffer)
                part = bytes(buffer[HEADER:])
                buffer.clear()
                yield kind, part
                return
            if len(buffer) < HEADER + length:
                return
            payload = bytes(buffer[HEADER : HEADER + length])
            del buffer[: HEADER + length]
            yield kind, payload


def _length(digits: bytes) -> int:
    text = digits.decode("latin-1")
    return int(text, 16) if all(digit in "0123456789abcdef" for digit in text) else -1
