"""nginx's configuration as a tree of directives with their places, includes followed: what leads where, and which bytes of
which file say so. Nothing of it leaves the host as a whole, since it may hold passwords."""

from __future__ import annotations

import glob
import os
import re
from hashlib import sha256
from typing import Any, Iterator, NamedTuple, Optional

from . import files
from .failure import Failure

MAIN = "/etc/nginx/nginx.conf"
FOLDER = "/etc/nginx"
MOST_FILES = 1000
MOST_BYTES = 8 << 20
DEEPEST = 30


class Word(NamedTuple):
    """text: without quotes; start and end: bytes of the file, quotes included."""

    text: str
    start: int
    end: int


class Directive(NamedTuple):
    name: str
    words: list[Word]
    file: str
    line: int
    block: Optional[list["Directive"]]


class NotUnderstood(Exception):
    """The configuration has something that this reader does not know; nothing may be concluded from it."""


class NotThere(Exception):
    """There is no nginx."""


class Tree(NamedTuple):
    top: list[Directive]
    digests: dict[str, str]  # of each file, by its path without links


def read(main: str = MAIN) -> Tree:
    """The whole configuration. Raises NotUnderstood, NotThere."""
    if not os.path.exists(main):
        raise NotThere
    reader = _Reader()
    return Tree(reader.file(main, 0), reader.digests)


class _Reader:
    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self._files = self._bytes = 0

    def file(self, path: str, depth: int) -> list[Directive]:
        self._files += 1
        if depth > DEEPEST or self._files > MOST_FILES:
            raise NotUnderstood(f"{path} is included too often")
        real = os.path.realpath(path)
        try:
            content = files.read_bytes(real, MOST_BYTES)
        except Failure as failure:
            raise NotUnderstood(failure.message) from None
        if content is None:
            raise NotUnderstood(f"{path} is not there")
        self._bytes += len(content)
        if self._bytes > MOST_BYTES:
            raise NotUnderstood("nginx's configuration is larger than 8 MB")
        self.digests[real] = sha256(content).hexdigest()
        text = content.decode("latin-1")  # one character a byte: places are places in the file
        parsed, at = self._block(text, 0, real, depth, False)
        return parsed

    def _block(self, text: str, at: int, path: str, depth: int, inner: bool) -> tuple[list[Directive], int]:
        found: list[Directive] = []
        words: list[Word] = []
        while True:
            at = _skip(text, at)
            if at >= len(text):
                if words or inner:
                    raise NotUnderstood(f"{path} ends in the middle of something")
                return found, at
            character = text[at]
            if character == "}":
                if words or not inner:
                    raise NotUnderstood(f"{path} has a brace too many")
                return found, at + 1
            if character in ";{":
                if not words:
                    raise NotUnderstood(f"{path} has a {character} without a directive")
                name, line = words[0].text, text.count("\n", 0, words[0].start) + 1
                at += 1
                block = None
                if character == "{":
                    if name.endswith("_by_lua_block") or depth > DEEPEST:
                        raise NotUnderstood(f"{path}:{line} is a block of another language")
                    block, at = self._block(text, at, path, depth + 1, True)
                found.append(Directive(name, words[1:], path, line, block))
                if name == "include" and block is None:
                    for included in _included(words[1:]):
                        found += self.file(included, depth + 1)
                words = []
                continue
            word, at = _word(text, at, path)
            words.append(word)


def _skip(text: str, at: int) -> int:
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
        elif text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        else:
            break
    return at


def _word(text: str, at: int, path: str) -> tuple[Word, int]:
    start, quote, said = at, text[at] if text[at] in "\"'" else "", ""
    at += len(quote)
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            said += text[at + 1] if text[at + 1] in "\"'\\ ;{}" else text[at : at + 2]
            at += 2
        elif quote and character == quote:
            return Word(said, start, at + 1), at + 1
        elif not quote and character == "$" and text[at + 1 : at + 2] == "{":
            said += "${"
            at += 2
            while at < len(text) and text[at] not in "} \t\r\n;":
                said += text[at]
                at += 1
            if text[at : at + 1] == "}":
                said += "}"
                at += 1
        elif not quote and character in " \t\r\n;{":
            return Word(said, start, at), at
        else:
            said += character
            at += 1
    raise NotUnderstood(f"{path} ends in the middle of a word")


def _included(words: list[Word]) -> list[str]:
    if len(words) != 1 or "$" in words[0].text:
        return []
    path = os.path.join(FOLDER, words[0].text)
    return sorted(glob.glob(path)) if re.search(r"[*?\[]", path) else [path]


def servers(tree: Tree) -> list[dict[str, Any]]:
    """Every `server` of http: {file, line, names, listens, certificate, passes: [{kind, target, path, file, line, start, end}...]}."""
    found = []
    for http in (one for one in tree.top if one.name == "http"):
        for server in (one for one in http.block or [] if one.name == "server" and one.block is not None):
            certificate = next((one.words[0].text for one in server.block or [] if one.name == "ssl_certificate" and one.words), None)
            found.append(
                {
                    "file": server.file,
                    "line": server.line,
                    "names": [word.text.lower() for one in server.block or [] if one.name == "server_name" for word in one.words][:100],
                    "listens": [" ".join(word.text for word in one.words) for one in server.block or [] if one.name == "listen"][:20],
                    "certificate": certificate,
                    "passes": list(_passes(server.block or [], "/"))[:200],
                }
            )
    return found


def _passes(directives: list[Directive], path: str) -> Iterator[dict[str, Any]]:
    for one in directives:
        if one.name.endswith("_pass") and len(one.words) == 1:
            word = one.words[0]
            yield {"kind": one.name, "target": _shown(word.text), "path": path[:300], "file": one.file, "line": one.line, "start": word.start, "end": word.end}
        inner = " ".join(word.text for word in one.words) if one.name == "location" else path
        yield from _passes(one.block or [], inner)


def _shown(target: str) -> str:
    """A target as it stands there; dots where it is not one that is told (a password in an address)."""
    return target if re.fullmatch(r"[A-Za-z0-9_.:/$\[\]-]{1,1000}", target) else "•"


def upstreams(tree: Tree) -> list[dict[str, Any]]:
    """{name, keepalive, servers: [{target, file, line, start, end}...]} of http."""
    found = []
    for http in (one for one in tree.top if one.name == "http"):
        for upstream in (one for one in http.block or [] if one.name == "upstream" and one.words):
            listed = [one for one in upstream.block or [] if one.name == "server" and one.words]
            found.append(
                {
                    "name": upstream.words[0].text,
                    "keepalive": any(one.name == "keepalive" for one in upstream.block or []),
                    "servers": [{"target": _shown(one.words[0].text), "file": one.file, "line": one.line, "start": one.words[0].start, "end": one.words[0].end} for one in listed],
                }
            )
    return found
