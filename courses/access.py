"""The doors to courses and their parts, for those who make them."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.errors import CourseNotFound
from courses.models import Attachment, Course, Lesson, Module, Question, Quiz
from kit.errors import NotFound


def get_own_course(user: User, slug: str) -> Course:
    """The user's own course. Raises `CourseNotFound` for anybody else's."""
    course = Course.objects.of(user).select_related("current_version").defer("current_version__outline").filter(slug=slug).first()
    if course is None:
        raise CourseNotFound
    return course


def get_own_module(course: Course, module_id: uuid.UUID) -> Module:
    """A present module of a course that one holds already. Raises `NotFound`."""
    module = Module.objects.present().filter(course=course, pk=module_id).first()
    if module is None:
        raise NotFound(_("This module is not part of the course."))
    return module


def get_own_lesson(course: Course, lesson_id: uuid.UUID) -> Lesson:
    """A present lesson of a course that one holds already. Raises `NotFound`."""
    lesson = Lesson.objects.present().select_related("module").filter(course=course, pk=lesson_id).first()
    if lesson is None:
        raise NotFound(_("This lesson is not part of the course."))
    return lesson


def get_own_quiz(course: Course, quiz_id: uuid.UUID) -> Quiz:
    """A present quiz of a course that one holds already. Raises `NotFound`."""
    quiz = Quiz.objects.present().select_related("module", "lesson").filter(course=course, pk=quiz_id).first()
    if quiz is None:
        raise NotFound(_("This quiz is not part of the course."))
    return quiz


def get_removed_module(course: Course, module_id: uuid.UUID) -> Module:
    """A module that was taken out of a course that one holds already, to bring it back. Raises `NotFound`."""
    module = Module.objects.filter(course=course, pk=module_id, removed_at__isnull=False).first()
    if module is None:
        raise NotFound(_("No such module was removed, or it is back already."))
    return module


def get_removed_lesson(course: Course, lesson_id: uuid.UUID) -> Lesson:
    """A lesson that was taken out of a course that one holds already, to bring it back. Raises `NotFound`."""
    lesson = Lesson.objects.select_related("module").filter(course=course, pk=lesson_id, removed_at__isnull=False).first()
    if lesson is None:
        raise NotFound(_("No such lesson was removed, or it is back already."))
    return lesson


def get_own_question(quiz: Quiz, question_id: uuid.UUID) -> Question:
    """A present question of a quiz that one holds already. Raises `NotFound`."""
    question = Question.objects.present().filter(quiz=quiz, pk=question_id).first()
    if question is None:
        raise NotFound(_("This question is not part of the quiz."))
    return question


def get_removed_quiz(course: Course, quiz_id: uuid.UUID) -> Quiz:
    """A quiz that was taken out of a course that one holds already, to bring it back. Raises `NotFound`."""
    quiz = Quiz.objects.filter(course=course, pk=quiz_id, removed_at__isnull=False).first()
    if quiz is None:
        raise NotFound(_("No such quiz was removed, or it is back already."))
    return quiz


def get_removed_question(quiz: Quiz, question_id: uuid.UUID) -> Question:
    """A question that was taken out of a quiz that one holds already, to bring it back. Raises `NotFound`."""
    question = Question.objects.filter(quiz=quiz, pk=question_id, removed_at__isnull=False).first()
    if question is None:
        raise NotFound(_("No such question was removed, or it is back already."))
    return question


def get_own_attachment(lesson: Lesson, attachment_id: uuid.UUID) -> Attachment:
    """A present attachment of a lesson that one holds already. Raises `NotFound`."""
    attachment = Attachment.objects.present().filter(lesson=lesson, pk=attachment_id).first()
    if attachment is None:
        raise NotFound(_("This file is not part of the lesson."))
    return attachment


def get_removed_attachment(lesson: Lesson, attachment_id: uuid.UUID) -> Attachment:
    """An attachment that was taken from a lesson that one holds already, to bring it back. Raises `NotFound`."""
    attachment = Attachment.objects.filter(lesson=lesson, pk=attachment_id, removed_at__isnull=False).first()
    if attachment is None:
        raise NotFound(_("This file is not part of the lesson."))
    return attachment
