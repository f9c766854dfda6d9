"""Pages of a log that is older, from one source or several: what they are made of, and how several become one."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

BYTES = 2 << 20  # of text in a page
SECONDS = 8.0  # that a search for one page takes


class Item(NamedTuple):
    """line: a logLine, or None where journald itself left out so many (left). before, after: the places on both its sides."""

    at: int
    line: Optional[dict[str, Any]]
    left: int
    before: Any
    after: Any


class Page(NamedTuple):
    """items: oldest first. before: the place before everything that was looked at; after: behind it. begun: nothing older is
    wanted. reached: the time of the oldest that was looked at, milliseconds since 1970."""

    items: list[Item]
    before: Any
    after: Any
    begun: bool
    reached: int


class Merged(NamedTuple):
    items: list[Item]
    places: dict[str, Any]  # where the next older page begins, by source
    begun: bool
    reached: int


def merge(pages: dict[str, Page], count: int) -> Merged:
    """The newest lines of all sources in the order of their times. Of a source that was not read as far back as another, no
    line of the other from before that is shown yet: it would stand in the wrong place when the rest comes."""
    bound = max((page.reached for page in pages.values() if not page.begun), default=0)
    found = sorted(((item.at, name, number, item) for name, page in pages.items() for number, item in enumerate(page.items) if item.at >= bound), key=lambda one: one[:3])
    kept = found[-count:] if count else []
    first: dict[str, Item] = {}
    for _, name, _, item in kept:
        first.setdefault(name, item)
    places: dict[str, Any] = {}
    begun = True
    for name, page in pages.items():
        shown = sum(1 for one in kept if one[1] == name)
        if shown == len(page.items):
            places[name] = page.before
            begun = begun and page.begun
        else:
            places[name] = first[name].before if name in first else page.items[-1].after
            begun = False
    return Merged([one[3] for one in kept], places, begun, max(bound, kept[0][0] if kept and not begun else 0))
