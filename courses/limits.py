"""How much fits into a course."""

from __future__ import annotations

from typing import Final

MOST_MODULES: Final = 200
MOST_LESSONS: Final = 2000
"""In a whole course."""
MOST_QUIZZES: Final = 600
MOST_QUESTIONS: Final = 200
"""In one quiz."""
MOST_OPTIONS: Final = 12
MOST_SENTENCES: Final = 20
"""Outcomes, prerequisites, takeaways and the like."""
LONGEST_SENTENCE: Final = 300
MOST_ATTACHMENTS: Final = 20
"""Of one lesson."""
