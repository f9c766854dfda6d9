"""Whom the kernel ends where the host is out of memory: an app rather than who could tell of it or take something back."""

from __future__ import annotations

KIT = -500  # it tells the client what happens
RUNNER = -900  # it takes a deployment back
NOBODY = 0


def spare(adjustment: int) -> None:
    """Sets oom_score_adj of this process (proc(5)), which its children inherit."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(str(adjustment))
    except OSError:
        pass  # a container may not be allowed to
