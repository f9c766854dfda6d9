"""Secrets of an app, taken out of what leaves the host as text: its log, and its last words in a deployment's journal. By
value, and in the forms that programs print values in. A value shorter than six characters would blot out half the log."""

from __future__ import annotations

import base64
import json
import os
from typing import Callable, Iterable
from urllib.parse import quote, quote_plus

from . import paths, versions
from .failure import Failure

SHORTEST = 6  # characters
DOTS = "••••••"


def of(app: str, more: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that gives a text without the app's secrets, of all versions that are kept; later ones count too. more:
    values that are secrets as well."""
    others = _printed(more)
    forms: list[str] = []
    read_at = None

    def masked(text: str) -> str:
        nonlocal forms, read_at
        try:
            changed = os.stat(paths.variables(app)).st_mtime_ns
        except OSError:
            changed = None
        if changed != read_at:
            forms, read_at = _forms(app), changed
        for form in (*forms, *others):
            if form in text:
                text = text.replace(form, DOTS)
        return text

    return masked


def _forms(app: str) -> list[str]:
    values: set[str] = set()
    for number in versions.numbers(app):
        try:
            version = versions.read(app, number)
        except Failure:
            continue  # broken by hand, or pruned just now
        for name, value in version.values.items():
            if version.is_secret(name):
                values |= {value, *value.splitlines()}
    return _printed(values)


def _printed(values: Iterable[str]) -> list[str]:
    """The forms in which programs print values, longest first."""
    found: set[str] = set()
    for value in values:
        if len(value) >= SHORTEST:
            found |= {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
            for shift in range(3):
                found |= _base64(value.encode(), shift)
    return sorted((form for form in found if len(form) >= SHORTEST), key=len, reverse=True)


def _base64(value: bytes, shift: int) -> set[str]:
    """The part that is the same wherever the value stands in what is encoded: `user:password`, for example."""
    whole = base64.b64encode(b"\0" * shift + value)
    end = len(shift * b"\0" + value) // 3 * 4
    part = whole[0 if shift == 0 else 4 : end].decode()
    return {part, part.replace("+", "-").replace("/", "_")} if len(part) >= 8 else set()
