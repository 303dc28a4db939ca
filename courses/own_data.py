"""What a creator's account takes along and leaves behind: her courses in the export, and what closing does to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from courses.content import as_stored, lesson_content, quiz_content
from courses.drafting import read_draft
from courses.errors import CourseKept
from courses.models import Course
from courses.services.courses import delete_course


def courses_of(user: User) -> Iterator[dict[str, Any]]:
    """Every course as it stands in the builder, with what its lessons and quizzes say."""
    for course in Course.objects.of(user).order_by("pk"):
        draft = read_draft(course)
        yield {
            "title": course.title,
            "address": course.slug,
            "outcomes": course.outcomes,
            "prerequisites": course.prerequisites,
            "audience": course.audience,
            "level": course.level,
            "language": course.language,
            "finished_with": course.completion,
            "gives_certificate": course.gives_certificate,
            "created_at": course.created_at,
            "versions": list(course.versions.order_by("number").values("number", "note", "published_at")),
            "modules": [
                {
                    "title": module.title,
                    "description": module.description,
                    "is_free_preview": module.is_free_preview,
                    "lessons": [
                        as_stored(lesson_content(lesson, draft.attachments.get(lesson.pk, ())))
                        for lesson in draft.lessons.get(module.pk, ())
                    ],
                }
                for module in draft.modules
            ],
            "quizzes": [as_stored(quiz_content(quiz, draft.questions.get(quiz.pk, ()))) for quiz in draft.quizzes],
        }


def close_school(user: User) -> None:
    """What nobody takes goes; what has learners stays for them."""
    for course in Course.objects.of(user).order_by("pk"):
        try:
            delete_course(course, by=user)
        except CourseKept:
            continue
