"""my-app: does a piece of work now and then, and ends in good order when it is asked to."""

import signal
import threading

PAUSE = 10  # seconds between two pieces of work

stopping = threading.Event()


def work(number):
    """One piece of work; what it gives is printed into the log."""
    return f"my-app: piece {number} is done"


def run(pause=PAUSE):
    number = 0
    while True:
        number += 1
        print(work(number), flush=True)
        if stopping.wait(pause):
            return number


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    run()
