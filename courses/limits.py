"""How much fits into a course."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from kit.files import FILE_TYPES

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
ATTACHMENT_KINDS: Final = frozenset(FILE_TYPES)
"""Endings that may lie beside a lesson: every kind of file whose content we can judge."""
MOST_PICTURES: Final = 2000
"""In the texts of one course."""
PICTURE_SIDE: Final = 2000
"""Pixels of the longer side; larger pictures are drawn smaller."""


def most_attachment_bytes() -> int:
    return settings.MAX_ASSET_BYTES


def most_course_bytes() -> int:
    """All present attachments of a course together."""
    return settings.MAX_PRODUCT_BYTES
