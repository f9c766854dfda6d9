"""Running the host's programs: argument lists only, nothing of ours on their stdin, rights and words they expect."""

from __future__ import annotations

import subprocess
from typing import Callable, NamedTuple, Optional

from .failure import Failure


class Outcome(NamedTuple):
    code: int
    output: str  # stdout and stderr as they came


def run(arguments: list[str], timeout: float = 60.0, errors: bool = True) -> Outcome:
    """Runs a program to its end. errors: whether its stderr is part of the output. Code 127 where it does not exist."""
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            timeout=timeout,
            umask=0o022,  # the kit's own is 077: what a package's script writes must stay readable
        )
    except FileNotFoundError:
        return Outcome(127, f"{arguments[0]} does not exist")
    except subprocess.TimeoutExpired:
        raise Failure("timeout", f"{arguments[0]} did not end within {timeout:.0f} s") from None
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"))


def stream(
    arguments: list[str],
    say: Callable[[str], None],
    environment: Optional[dict[str, str]] = None,
    started: Callable[["subprocess.Popen[bytes]"], None] = lambda process: None,
    folder: Optional[str] = None,
) -> Outcome:
    """Runs a program and passes on its lines as they come. `started` gets the process, to end it early; folder: where it runs.

    It has a session of its own: what ends the kit does not end a package installation half way.
    """
    lines: list[str] = []
    with subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        umask=0o022,
        start_new_session=True,
    ) as process:
        started(process)
        assert process.stdout is not None
        for line in process.stdout:
            text = line.decode("utf-8", "replace")[:4096]
            lines = lines[-199:] + [text]
            say(text)
    return Outcome(process.returncode, "".join(lines))
