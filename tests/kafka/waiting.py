"""The one way in which tests wait for what comes in its own time."""
import time

POLL_SECONDS = 0.05


def wait_until(what, seconds, ask, pause=POLL_SECONDS):
    """Returns what `ask` returns once that is true. `what` is awaited: as text, or as what tells it when it is late.

    `pause` seconds lie between two questions: more where asking costs something.
    """
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(pause)
    return answer
