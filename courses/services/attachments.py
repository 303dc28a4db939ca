"""Files beside a lesson: checked, stored, put in order, taken away and brought back."""

from __future__ import annotations

from typing import Literal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import ATTACHMENT_KINDS, MOST_ATTACHMENTS, most_attachment_bytes, most_course_bytes
from courses.models import Attachment, Course, Lesson
from courses.services.locks import lock_course
from kit.errors import NotFound
from kit.files import Inspected, inspect_upload
from kit.storage import StoredFile, private, store_upload


def attach_file(lesson: Lesson, *, by: User, upload: UploadedFile) -> Attachment:
    """Check a file, keep it, and put it at the end of the lesson's.

    Checking and storing happen outside a transaction; what was stored is let go again when it cannot be recorded. Raises
    `RefusedFile`, `BadCourse`, `NotFound`.
    """
    inspected = inspect_upload(upload, name=upload.name or "", allowed=ATTACHMENT_KINDS, max_bytes=most_attachment_bytes())
    _check_room(lesson, inspected.size)
    stored = store_upload(upload, prefix="attachments")
    try:
        return _record(lesson, inspected, stored)
    except BaseException:
        private().delete(stored.name)
        raise


@transaction.atomic
def _record(lesson: Lesson, inspected: Inspected, stored: StoredFile) -> Attachment:
    course = lock_course(lesson.course)
    if not Lesson.objects.present().filter(pk=lesson.pk).exists():
        raise NotFound
    _check_room(lesson, stored.size)
    last = Attachment.objects.present().filter(lesson=lesson).aggregate(last=Max("position"))["last"]
    attachment = Attachment.objects.create(
        lesson=lesson,
        name=inspected.name,
        file=stored.name,
        size_bytes=stored.size,
        sha256=stored.sha256,
        content_type=inspected.content_type,
        position=0 if last is None else last + 1,
    )
    _touch(course)
    return attachment


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: User) -> None:
    """Take it from the lesson. Its row and its file stay: for bringing it back, and for published versions that hold it."""
    course = lock_course(attachment.lesson.course)
    if Attachment.objects.present().filter(pk=attachment.pk).update(removed_at=timezone.now()):
        _touch(course)


@transaction.atomic
def restore_attachment(attachment: Attachment, *, by: User) -> Attachment:
    """Bring it back to where it stood. Raises `BadCourse` when the lesson is full meanwhile."""
    course = lock_course(attachment.lesson.course)
    attachment = Attachment.objects.select_related("lesson__course").get(pk=attachment.pk)
    if attachment.removed_at is not None:
        _check_room(attachment.lesson, attachment.size_bytes)
        attachment.removed_at = None
        attachment.save(update_fields=["removed_at"])
        _touch(course)
    return attachment


@transaction.atomic
def move_attachment(attachment: Attachment, *, by: User, direction: Literal["up", "down"]) -> None:
    """One place up or down. At the end of the list nothing happens."""
    course = lock_course(attachment.lesson.course)
    present = list(Attachment.objects.present().filter(lesson=attachment.lesson_id).order_by("position", "created_at"))
    index = next((at for at, one in enumerate(present) if one.pk == attachment.pk), None)
    if index is None:
        return
    other = index + (-1 if direction == "up" else 1)
    if not 0 <= other < len(present):
        return
    present[index], present[other] = present[other], present[index]
    for position, one in enumerate(present):
        one.position = position
    Attachment.objects.bulk_update(present, ["position"])
    _touch(course)


def stored_bytes(course: Course) -> int:
    """What the course's present attachments take."""
    found = Attachment.objects.present().filter(lesson__course=course).aggregate(total=Sum("size_bytes"))["total"]
    return int(found or 0)


def _check_room(lesson: Lesson, size: int) -> None:
    if Attachment.objects.present().filter(lesson=lesson).count() >= MOST_ATTACHMENTS:
        raise BadCourse(_("A lesson can hold %(most)d files. Pack some of them into a ZIP.") % {"most": MOST_ATTACHMENTS}, field="file")
    here = stored_bytes(lesson.course)
    if here + size > most_course_bytes():
        raise BadCourse(
            _("The files of this course hold %(used)s already; %(limit)s is the most.")
            % {"used": filesizeformat(here), "limit": filesizeformat(most_course_bytes())},
            field="file",
        )


def _touch(course: Course) -> None:
    Course.objects.filter(pk=course.pk).update(updated_at=timezone.now())
