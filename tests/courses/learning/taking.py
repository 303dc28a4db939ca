"""What tests of learning ask again and again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client

from accounts.models import User
from courses.learning.models import Enrolment
from courses.learning.sittings import issue_ticket
from courses.models import Attachment, Course, Lesson
from courses.outline import LessonEntry, version_outline
from courses.services.publishing import publish_course
from kit.storage import store_upload


def lessons_of(course: Course) -> list[LessonEntry]:
    """Those of the published version, in order."""
    course.refresh_from_db()
    assert course.current_version_id is not None
    return list(version_outline(course.current_version_id).lessons())


def republish(course: Course) -> Course:
    publish_course(course, by=course.creator)
    course.refresh_from_db()
    return course


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def attach(lesson: Lesson, content: bytes = b"A grid of dots.", name: str = "grid.txt") -> Attachment:
    stored = store_upload(ContentFile(content, name=name), prefix="attachments")
    return Attachment.objects.create(
        lesson=lesson, name=name, file=stored.name, size_bytes=stored.size, sha256=stored.sha256, content_type="text/plain; charset=utf-8"
    )


def ticket(enrolment: Enrolment, lesson: LessonEntry) -> str:
    return issue_ticket(user_id=enrolment.user_id, lesson=lesson, enrolment_id=enrolment.pk)


def at_once(jobs: list[Callable[[], object]]) -> list[BaseException]:
    """Each job on a thread and a connection of its own, let go together; what they raised."""
    barrier, errors = Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait(20)
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors
