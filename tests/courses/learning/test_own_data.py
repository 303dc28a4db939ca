"""What a learner takes along, what closing the account leaves, and what keeps a course from deletion."""

from __future__ import annotations

import json
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.closing import closers
from accounts.data_export import exporters
from accounts.models import User
from courses.learning.models import Enrolment, Note, Sitting, Submission
from courses.learning.own_data import delete_submitted_files, forget_learner
from courses.learning.services.beats import record_beat
from courses.learning.services.enrolments import ensure_enrolment
from courses.learning.services.exercises import submit_exercise
from courses.learning.services.notes import add_note
from courses.retention import is_held
from kit.storage import private
from tests.courses.learning.taking import lessons_of, republish
from tests.factories.courses import add_text_lesson, enrol, make_course

NAMES = ("courses_taken", "course_notes", "quiz_attempts", "exercises")


def learned(ada: User, user: User) -> Enrolment:
    course = make_course(ada, modules=1, lessons=1, published=False)
    add_text_lesson(course.modules.get(), title="Do", kind="exercise", hand_in="either")
    republish(course)
    enrolment = enrol(user, course)
    lesson, work = lessons_of(course)
    add_note(enrolment, lesson_id=lesson.id, text=f"A note of {user.username}")
    record_beat(enrolment, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=0)
    submit_exercise(enrolment, lesson_id=work.id, text=f"Work of {user.username}", upload=SimpleUploadedFile("work.txt", b"Letters"))
    return enrolment


def archive(user: User) -> str:
    return json.dumps({name: list(exporters()[name](user)) for name in NAMES}, cls=DjangoJSONEncoder)


def test_the_archive_holds_ones_own_and_nothing_of_others(ada: User, ben: User, cleo: User) -> None:
    learned(ada, ben)
    learned(ada, cleo)
    text = archive(ben)
    for words in ("A note of ben", "Work of ben", "work.txt", "lesson-11"):
        assert words in text
    assert "cleo" not in text


def test_closing_forgets_what_was_written_and_keeps_the_figures(ada: User, ben: User, cleo: User) -> None:
    enrolment = learned(ada, ben)
    learned(ada, cleo)
    assert forget_learner in closers()
    stored = str(Submission.objects.get(enrolment=enrolment).file.name)
    forget_learner(ben)
    delete_submitted_files(ben.pk)
    assert private().exists(stored)  # not before the account is closed
    User.objects.filter(pk=ben.pk).update(closed_at=timezone.now(), is_active=False)
    delete_submitted_files(ben.pk)
    delete_submitted_files(ben.pk)
    assert not private().exists(stored)
    assert "ben" not in archive(ben).replace('"how"', "")
    assert (Note.objects.count(), Sitting.objects.count(), Submission.objects.count()) == (1, 1, 2)
    enrolment.refresh_from_db()
    assert enrolment.lessons_completed == 1


def test_a_course_that_anybody_took_is_kept(ada: User, cleo: User) -> None:
    course = make_course(ada)
    assert not is_held(course)
    ensure_enrolment(course, user=cleo)
    assert is_held(course)
