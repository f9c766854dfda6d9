"""A version of an app's variables as a file: an EnvironmentFile of systemd whose values reach the process byte for byte,
after one comment line that says in JSON what ForgeBoard knows of it."""

from __future__ import annotations

import json
import re
from typing import Any

from .failure import Failure

HEAD = "# forgeboard "
# Inside double quotes systemd unescapes these four and takes everything else, line breaks too, as it is (env-file.c).
_SPECIAL = re.compile(r'(["\\`$])')
_ESCAPED = re.compile(r'\\(["\\`$]|\n)')
_QUOTED = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"[ \t]*(?:\n|\Z)', re.DOTALL)
_BARE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=([^\n\"'\\]*)(?:\n|\Z)")
_NOTHING = re.compile(r"[ \t]*(?:[#;][^\n]*)?(?:\n|\Z)")


def written(head: dict[str, Any], values: dict[str, str]) -> bytes:
    """The file's bytes. head: ASCII in one line, so that it is read without the rest."""
    lines = [f'{name}="{_SPECIAL.sub(_escape, value)}"' for name, value in sorted(values.items())]
    return "\n".join([HEAD + json.dumps(head, separators=(",", ":")), *lines, ""]).encode()


def _escape(found: "re.Match[str]") -> str:
    return "\\" + found[1]


def read(path: str, content: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """What it says of itself ({} where somebody else wrote it) and the values. Lines by hand may be NAME=value without
    quotes. Failure('config-invalid') names the line of what is neither."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Failure("config-invalid", f"{path}:{content[: error.start].count(10) + 1} is not valid UTF-8") from None
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        quoted, bare = _QUOTED.match(text, at), _BARE.match(text, at)
        found = quoted or bare or _NOTHING.match(text, at)
        if found is None:
            raise Failure("config-invalid", f"{path}:{text.count(chr(10), 0, at) + 1} is not a variable", hint='Write NAME="value", a line each.')
        if quoted:
            values[quoted[1]] = _ESCAPED.sub(lambda part: "" if part[1] == "\n" else part[1], quoted[2])
        elif bare:
            values[bare[1]] = bare[2].strip(" \t\r")
        at = found.end()
    return head(text.partition("\n")[0]), values


def head(line: str) -> dict[str, Any]:
    """What the first line says, {} where it is not one of ours."""
    try:
        found = json.loads(line[len(HEAD) :]) if line.startswith(HEAD) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
