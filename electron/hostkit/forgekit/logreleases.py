"""Which release a line of a log came from: what ran in each slot when, and what was live, out of the journals of deployments."""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from typing import Any, Iterable, NamedTuple, Optional

from . import journal, paths, slots

AGAIN = 0.1  # seconds between two looks at a deployment that runs


class Turn(NamedTuple):
    """From this moment (milliseconds since 1970) a release runs in a slot."""

    at: int
    release: int


class Turns:
    """Of one app: `slots` by name and `live`, oldest first each."""

    def __init__(self, records: Iterable[dict[str, Any]], live: Optional[str]) -> None:
        self.slots: dict[str, list[Turn]] = {slot: [] for slot in paths.SLOTS}
        self.live: list[Turn] = []
        serving: Optional[str] = None  # as of the last that ended: `live` is what the link says now
        for one in records:
            end, began = one.get("end"), int(float(one.get("startedAt") or 0) * 1000)
            if end and end.get("outcome") == "live":
                self._add(end.get("slot"), began, end.get("release"))
                self.live.append(Turn(began + int(end.get("at") or 0), int(end.get("release") or 0)))
                back = one.get("switchedBack")
                if back:
                    self.live.append(Turn(began + int(back.get("at") or 0), int(back.get("release") or 0)))
                serving = (back or end).get("slot")
                continue
            serving = (end or {}).get("slot") or serving or live
            if one.get("target"):  # it runs, or was tried, where nothing served
                self._add(next((slot for slot in paths.SLOTS if serving in paths.SLOTS and slot != serving), "a"), began, one["target"])

    def _add(self, slot: Any, at: int, release: Any) -> None:
        if slot in self.slots and isinstance(release, int):
            self.slots[slot].append(Turn(at, release))

    def release(self, slot: str, at: int) -> Optional[int]:
        """What ran in a slot then, or was live where no slot is given; None before everything that is known."""
        turns = self.slots.get(slot, self.live)
        before = bisect_right([turn.at for turn in turns], at)
        return turns[before - 1].release if before else None

    def first(self, release: int) -> Optional[int]:
        """When it ran first, None where no deployment of it is known."""
        return min((turn.at for turns in self.slots.values() for turn in turns if turn.release == release), default=None)


class Known:
    """The turns of an app, read again when it was deployed since."""

    def __init__(self, app: str) -> None:
        self._app = app
        self._seen = -1
        self._turns = Turns((), None)
        self._records: dict[int, dict[str, Any]] = {}
        self._again = float("inf")  # when a deployment that runs is looked at again

    def turns(self) -> Turns:
        try:
            seen = os.stat(paths.journals(self._app)).st_mtime_ns
        except OSError:
            return self._turns
        if seen == self._seen and time.monotonic() < self._again:
            return self._turns
        numbers = journal.numbers(self._app)
        for number in numbers:
            if number not in self._records or number in numbers[-2:]:  # of the one before, the watch may end later
                found = journal.record(self._app, number, False)
                if found is not None:
                    self._records[number] = found
        records = [self._records[number] for number in numbers if number in self._records]
        self._turns, self._seen = Turns(records, slots.live(self._app)), seen
        self._again = time.monotonic() + AGAIN if records and records[-1]["end"] is None else float("inf")
        return self._turns
