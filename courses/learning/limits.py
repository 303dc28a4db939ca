"""How much one learner may leave here."""

from __future__ import annotations

from typing import Final

MOST_NOTES: Final = 2000
"""In one course."""
LONGEST_NOTE: Final = 10_000
LONGEST_SUBMISSION: Final = 50_000
"""Characters of a handed-in text."""
MOST_SUBMISSION_BYTES: Final = 25 * 1024 * 1024
MOST_SUBMISSIONS: Final = 50
"""For one exercise."""
LONGEST_SITTING: Final = 12 * 3600
"""Seconds that one open page can count."""
SITTING_DAYS: Final = 7
"""So long after it was opened a page may still report."""
MOST_SECONDS: Final = 2_147_483_647
"""What the counters hold."""
MOST_VIDEO_SECONDS: Final = 7 * 24 * 3600
MOST_RANGES: Final = 200
"""Of a video, in one report of what was played."""
