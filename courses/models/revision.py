"""What a lesson or a quiz said when a version was published; never changed, held once however many versions name it."""

from __future__ import annotations

from django.db import models

from courses.models.outline import Lesson
from courses.models.quiz import Quiz


class LessonRevision(models.Model):
    """`content` is read by `courses.content.read_lesson_content`; `digest` is the hex SHA-256 of its canonical JSON."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="revisions")
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lesson", "digest"], name="lesson_revision_once")]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.digest[:8]}"


class QuizRevision(models.Model):
    """`content` is read by `courses.content.read_quiz_content`. Attempts name the revision that their learner saw."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="revisions")
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quiz", "digest"], name="quiz_revision_once")]

    def __str__(self) -> str:
        return f"{self.quiz_id} {self.digest[:8]}"
