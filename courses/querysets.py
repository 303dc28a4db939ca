"""The vocabulary for asking about courses and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class CourseQuerySet(models.QuerySet):
    def of(self, creator: User) -> Self:
        return self.filter(creator=creator)

    def published(self) -> Self:
        """With a version that learners can take."""
        return self.filter(current_version__isnull=False)


class PartQuerySet(models.QuerySet):
    """Modules, lessons, quizzes, attachments: what is removed stays as a row, for undoing and for versions that hold it."""

    def present(self) -> Self:
        return self.filter(removed_at__isnull=True)


class ModuleQuerySet(PartQuerySet):
    pass


class LessonQuerySet(PartQuerySet):
    def present(self) -> Self:
        """Neither removed itself nor with its module."""
        return self.filter(removed_at__isnull=True, module__removed_at__isnull=True)

    def in_order(self) -> Self:
        return self.order_by("module__position", "position")


class QuizQuerySet(PartQuerySet):
    def present(self) -> Self:
        """Neither removed itself, nor with its module, nor with its lesson or that one's module."""
        return (
            self.filter(removed_at__isnull=True)
            .exclude(module__removed_at__isnull=False)
            .exclude(lesson__removed_at__isnull=False)
            .exclude(lesson__module__removed_at__isnull=False)
        )


class QuestionQuerySet(models.QuerySet):
    def present(self) -> Self:
        """Not removed from its quiz; a quiz that is removed itself keeps them."""
        return self.filter(removed_at__isnull=True)
