"""The courses of the inhabited world: everything that a course can hold, and people at every place of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from courses.certificates.models import Certificate, SigningKey
from courses.exchange.models import CourseExport, CourseImport
from courses.exchange.services.exporting import start_export
from courses.exchange.services.importing import check_import
from courses.learning.models import Enrolment, Note, QuizAttempt, Submission
from courses.learning.services.attempts import start_attempt
from courses.learning.services.exercises import submit_exercise
from courses.learning.services.notes import add_note
from courses.learning.services.progress import complete_lesson
from courses.models import Attachment, Course, HandIn, Lesson, LessonKind, Module, Question, Quiz
from courses.outline import version_outline
from courses.services.attachments import attach_file, remove_attachment
from courses.services.lessons import add_quiz_lesson, remove_lesson
from courses.services.publishing import publish_course
from courses.services.questions import remove_question
from courses.services.quizzes import QuizWords, add_quiz
from courses.video.models import Caption, UploadSession, VideoAsset
from courses.video.services.captions import save_captions
from courses.video.services.uploads import create_upload_session
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders.models import Order
from marketplace.orders.services.refunds import refund_order
from tests.courses.exchange.packages import as_file, small_course
from tests.factories.courses import add_choice, add_text_lesson, enrol, make_course, make_quiz
from tests.marketplace.courseware.school import sell
from tests.marketplace.orders.shop import buy

Row = TypeVar("Row", bound=Model)

KNOWN = {name: UUID(int=number) for number, name in enumerate(("module", "lesson", "quiz", "question", "attachment"), 101)}
"""Keys of parts of `School.course` that are the same in every world."""


@dataclass(frozen=True, kw_only=True)
class School:
    """ada's `course` is on sale as `listing`: ben bought it and is under way, dan got his money back and keeps a note.

    `unsold` is published and was never listed; ben finished it and has its certificate. `begun` is a draft that lacks much.
    Parts without a second word are of `course`; `gone_…` were removed from its draft, `free_…` are for everybody.
    """

    course: Course
    listing: Product
    unsold: Course
    begun: Course
    begun_module: Module
    module: Module
    free_module: Module
    lesson: Lesson
    free_lesson: Lesson
    exercise: Lesson
    quiz_lesson: Lesson
    gone_lesson: Lesson
    quiz: Quiz
    free_quiz: Quiz
    question: Question
    gone_question: Question
    attachment: Attachment
    free_attachment: Attachment
    gone_attachment: Attachment
    enrolment: Enrolment
    closed_enrolment: Enrolment
    note: Note
    kept_note: Note
    attempt: QuizAttempt
    submission: Submission
    certificate: Certificate
    kid: str
    """Of the key that signed it."""
    video: VideoAsset
    caption: Caption
    upload: UploadSession
    course_import: CourseImport
    course_export: CourseExport
    course_order: Order
    refunded_course: Order


def make_school(*, ada: User, ben: User, dan: User, mo: User) -> School:
    course = make_course(ada, modules=0, published=False, title="Letters for small screens", completion="both")
    free_module = Module.objects.create(course=course, title="Look", position=0)
    module = Module.objects.create(id=KNOWN["module"], course=course, title="Draw", position=1)
    free_lesson = add_text_lesson(free_module, title="What is small", is_free_preview=True)
    gone_lesson = add_text_lesson(free_module, title="What was left out")
    lesson = _known(add_text_lesson(module, title="The stem"), "lesson")
    exercise = add_text_lesson(module, title="Six letters", kind=LessonKind.EXERCISE, hand_in=HandIn.EITHER, self_check=["Are there six?"])
    quiz_lesson = add_quiz_lesson(module, by=ada, title="A question or two")
    add_choice(Quiz.objects.get(lesson=quiz_lesson), options=("n", "o"), correct=("b",))
    free_quiz = make_quiz(course, module=free_module, title="Have you looked", is_free_preview=True)
    quiz = _known(add_quiz(course, by=ada, module=module, words=QuizWords(title="Have you drawn")), "quiz")
    question, gone_question = _known(add_choice(quiz, correct=("b",)), "question"), add_choice(quiz)
    attachment = _known(attach_file(lesson, by=ada, upload=_file("grid.txt")), "attachment")
    gone_attachment = attach_file(lesson, by=ada, upload=_file("rest.txt"))
    free_attachment = attach_file(free_lesson, by=ada, upload=_file("list.txt"))
    publish_course(course, by=ada)
    remove_lesson(gone_lesson, by=ada)
    remove_question(gone_question, by=ada)
    remove_attachment(gone_attachment, by=ada)

    course.refresh_from_db()
    listing = sell(course, approved_by=mo)
    course_order, refunded_course = buy(ben, listing), buy(dan, listing)
    closed = Enrolment.objects.get(user=dan, course=course)
    kept_note = add_note(closed, lesson_id=lesson.pk, text="Two pixels.")
    refund_order(refunded_course, by=mo, reason="Not what it said.")
    deliver_all()
    closed.refresh_from_db()
    enrolment = Enrolment.objects.get(user=ben, course=course)
    submission = submit_exercise(enrolment, lesson_id=exercise.pk, upload=_file("six.txt"))
    outline = version_outline(course.current_version_id or 0)
    attempt = start_attempt(enrolment, quiz=next(entry for entry in outline.all_quizzes() if entry.id == str(quiz.pk)))

    now = timezone.now()
    video = VideoAsset.objects.create(
        owner=ada,
        name="Overshoot",
        state=VideoAsset.State.READY,
        ready_at=now,
        playable_at=now,
        duration_ms=4000,
        original_file="videos/film",
    )

    begun = make_course(ada, modules=1, lessons=0, published=False, title="Letters to come")
    unsold = make_course(ada, modules=1, lessons=1, title="Letters in a day", completion="lessons")
    finished = enrol(ben, unsold)
    complete_lesson(finished, lesson_id=Lesson.objects.get(course=unsold).pk)
    deliver_all()
    return School(
        course=course,
        listing=listing,
        unsold=unsold,
        begun=begun,
        begun_module=Module.objects.get(course=begun),
        module=module,
        free_module=free_module,
        lesson=lesson,
        free_lesson=free_lesson,
        exercise=exercise,
        quiz_lesson=quiz_lesson,
        gone_lesson=gone_lesson,
        quiz=quiz,
        free_quiz=free_quiz,
        question=question,
        gone_question=gone_question,
        attachment=attachment,
        free_attachment=free_attachment,
        gone_attachment=gone_attachment,
        enrolment=enrolment,
        closed_enrolment=closed,
        note=add_note(enrolment, lesson_id=lesson.pk, text="Draw the *n* first."),
        kept_note=kept_note,
        attempt=attempt,
        submission=submission,
        certificate=Certificate.objects.get(enrolment=finished),
        kid=SigningKey.objects.get().kid,
        video=video,
        caption=save_captions(video, by=ada, language="en", raw=b"WEBVTT\n\n00:00.000 --> 00:02.000\nRound letters overshoot.\n"),
        upload=create_upload_session(by=ada, name="Kerning.mp4", size_bytes=1024),
        course_import=check_import(as_file(small_course()), by=ada, name="course.json"),
        course_export=start_export(course, by=ada),
        course_order=course_order,
        refunded_course=refunded_course,
    )


def _known(row: Row, name: str) -> Row:
    """The same under the key that it has in every world; before anything refers to it."""
    rows = type(row)._default_manager
    rows.filter(pk=row.pk).update(id=KNOWN[name])
    return rows.get(pk=KNOWN[name])


def _file(name: str) -> File[bytes]:
    return SimpleUploadedFile(name, f"This is {name}.".encode())
