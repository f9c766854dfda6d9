"""D-Bus values to bytes and back: as much of the D-Bus specification's "Marshaling" as systemd's API needs."""

from __future__ import annotations

import struct
from typing import Any

_FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}
_ALIGN = {"y": 1, "n": 2, "q": 2, "b": 4, "i": 4, "u": 4, "h": 4, "s": 4, "o": 4, "a": 4, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8, "g": 1, "v": 1}


def types(signature: str) -> list[str]:
    """The complete types of a signature: "sa(sv)" is ["s", "a(sv)"]."""
    found = []
    while signature:
        end = 0
        while signature[end] == "a":
            end += 1
        if signature[end] in "({":
            depth = 1
            while depth:
                end += 1
                depth += (signature[end] in "({") - (signature[end] in ")}")
        found.append(signature[: end + 1])
        signature = signature[end + 1 :]
    return found


def put(buffer: bytearray, kind: str, value: Any) -> None:
    """Appends one value of a complete type. A variant is given as (type, value)."""
    buffer += b"\0" * (-len(buffer) % _ALIGN[kind[0]])
    if kind in _FIXED:
        buffer += struct.pack("<" + _FIXED[kind], value)
    elif kind in ("s", "o"):
        text = value.encode()
        buffer += struct.pack("<I", len(text)) + text + b"\0"
    elif kind == "g":
        buffer += bytes([len(value)]) + value.encode() + b"\0"
    elif kind == "v":
        put(buffer, "g", value[0])
        put(buffer, value[0], value[1])
    elif kind[0] == "a":
        at = len(buffer)
        buffer += b"\0\0\0\0" + b"\0" * (-(at + 4) % _ALIGN[kind[1]])
        start = len(buffer)
        for item in value.items() if kind[1] == "{" else value:
            put(buffer, kind[1:], item)
        struct.pack_into("<I", buffer, at, len(buffer) - start)
    else:
        for inner, item in zip(types(kind[1:-1]), value):
            put(buffer, inner, item)


def take(buffer: bytes, at: int, kind: str) -> tuple[Any, int]:
    """(value, position after it) of one complete type at a position. A variant gives its bare value."""
    at += -at % _ALIGN[kind[0]]
    if kind in _FIXED:
        (value,) = struct.unpack_from("<" + _FIXED[kind], buffer, at)
        return (bool(value) if kind == "b" else value), at + struct.calcsize(_FIXED[kind])
    if kind in ("s", "o"):
        (length,) = struct.unpack_from("<I", buffer, at)
        return buffer[at + 4 : at + 4 + length].decode("utf-8", "replace"), at + 5 + length
    if kind == "g":
        length = buffer[at]
        return buffer[at + 1 : at + 1 + length].decode(), at + 2 + length
    if kind == "v":
        inner, at = take(buffer, at, "g")
        return take(buffer, at, inner)
    if kind[0] == "a":
        (length,) = struct.unpack_from("<I", buffer, at)
        at += 4
        at += -at % _ALIGN[kind[1]]
        if kind[1] == "y":
            return buffer[at : at + length], at + length
        end, items = at + length, []
        while at < end:
            item, at = take(buffer, at, kind[1:])
            items.append(item)
        return (dict(items) if kind[1] == "{" else items), at
    items = []
    for inner in types(kind[1:-1]):
        item, at = take(buffer, at, inner)
        items.append(item)
    return tuple(items), at
