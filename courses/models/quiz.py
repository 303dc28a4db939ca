"""Quizzes and their questions: the draft that a creator edits."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.outline import Lesson, Module
from courses.querysets import QuestionQuerySet, QuizQuerySet


class QuizKind(models.TextChoices):  # R155
    MODULE = "module", _("At the end of a module")
    COURSE = "course", _("Final assessment")
    INLINE = "inline", _("Inside a lesson")


class Quiz(models.Model):
    """A quiz of a module (after its lessons), of the course (after all), or inside a lesson of kind quiz_inline (R155-R158).

    `passing_score` is in per cent of the points. `time_limit_minutes` NULL is without end. Only required quizzes count toward
    finishing the course. `edit_stamp` counts changes of these words; each question has a stamp of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="quizzes")
    kind = models.CharField(_("kind"), max_length=6, choices=QuizKind.choices)
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="quizzes", null=True, blank=True)
    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="quiz", null=True, blank=True)
    slug = models.SlugField(_("address"), max_length=80)
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("introduction"), max_length=5000, blank=True)
    passing_score = models.PositiveSmallIntegerField(_("passing score"), default=70, validators=[MaxValueValidator(100)])
    allow_retakes = models.BooleanField(_("learners may try again"), default=True)
    shuffle = models.BooleanField(_("shuffle questions and answers"), default=False)
    time_limit_minutes = models.PositiveSmallIntegerField(
        _("time limit in minutes"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    is_required = models.BooleanField(_("needed to finish the course"), default=True)
    is_free_preview = models.BooleanField(_("free preview"), default=False)
    position = models.PositiveIntegerField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    edit_stamp = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = QuizQuerySet.as_manager()

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="quiz_slug"),
            models.UniqueConstraint(fields=["module", "position"], name="quiz_position", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(
                name="quiz_belongs_where_its_kind_says",
                condition=Q(kind="module", module__isnull=False, lesson__isnull=True)
                | Q(kind="course", module__isnull=True, lesson__isnull=True)
                | Q(kind="inline", module__isnull=True, lesson__isnull=False),
            ),
            models.CheckConstraint(name="quiz_removed_has_no_position", condition=Q(position__isnull=True) ^ Q(removed_at__isnull=True)),
            models.CheckConstraint(name="quiz_passing_score", condition=Q(passing_score__lte=100)),
        ]

    def __str__(self) -> str:
        return self.title


class QuestionKind(models.TextChoices):  # R159
    MULTIPLE_CHOICE = "multiple_choice", _("One right answer")
    TRUE_FALSE = "true_false", _("True or false")
    MULTI_SELECT = "multi_select", _("Several right answers")


class Question(models.Model):
    """One question (R160). `options` is [{"id": "a", "text": "…"}], `correct` the ids of the right ones.

    Ids never change within a question, so that an answer means the same after options were moved. A true/false question has the
    options "true" and "false". `partial_credit` (several right answers only) gives a share of `points` for a part of them.
    `position` counts from 0 without gaps; NULL once removed. `edit_stamp` counts changes: an autosave says which it saw.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(_("kind"), max_length=15, choices=QuestionKind.choices, default=QuestionKind.MULTIPLE_CHOICE)
    text = models.TextField(_("question"), max_length=5000, blank=True)
    options = models.JSONField(_("answers"), default=list, blank=True)
    correct = models.JSONField(_("right answers"), default=list, blank=True)
    explanation = models.TextField(_("explanation"), max_length=5000, blank=True)
    partial_credit = models.BooleanField(_("part of the points for part of the answers"), default=False)
    points = models.PositiveSmallIntegerField(_("points"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    position = models.PositiveIntegerField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    edit_stamp = models.PositiveIntegerField(default=0, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "position"], name="question_position", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(
                name="question_removed_has_no_position", condition=Q(position__isnull=True) ^ Q(removed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
