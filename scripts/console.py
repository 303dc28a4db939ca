"""What the commands say to the person who started them."""

import os
import sys
import time

STARTED_AT = float(os.environ.setdefault("ATELIER_STARTED_AT", repr(time.time())))


class Refusal(SystemExit):
    """Stops the command with one sentence that tells what is wrong and what to do about it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


def say(sentence: str) -> None:
    """Print a line with the seconds since the command began (kept across the hand-over to the virtual environment)."""
    print(f"[{time.time() - STARTED_AT:6.1f}s] {sentence}", file=sys.stdout, flush=True)
