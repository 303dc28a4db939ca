"""Pictures in the texts of a course: drawn anew before anybody sees them, and held once however often they are pasted."""

from __future__ import annotations

import hashlib

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import MOST_PICTURES, PICTURE_SIDE
from courses.models import Course, Picture
from courses.services.locks import lock_course
from kit.images import clean_image
from kit.storage import StoredFile, public, store_upload


def add_picture(course: Course, *, by: User, upload: UploadedFile) -> Picture:
    """Keep a picture for the texts of `course`, at most `PICTURE_SIDE` pixels long; the one that is there, if it is the same.

    Decoding and storing happen outside a transaction. Raises `RefusedImage`, `BadCourse`.
    """
    clean = clean_image(upload, max_side=PICTURE_SIDE)
    sha256 = hashlib.sha256(clean.content.read()).hexdigest()
    if known := Picture.objects.filter(course=course, sha256=sha256).first():
        return known
    stored = store_upload(clean.content, prefix="lessons", extension=clean.extension, to_public=True)
    try:
        picture = _record(course, stored, width=clean.width, height=clean.height)
    except BaseException:
        public().delete(stored.name)
        raise
    if picture.image.name != stored.name:
        public().delete(stored.name)
    return picture


@transaction.atomic
def _record(course: Course, stored: StoredFile, *, width: int, height: int) -> Picture:
    lock_course(course)
    if known := Picture.objects.filter(course=course, sha256=stored.sha256).first():
        return known
    if Picture.objects.filter(course=course).count() >= MOST_PICTURES:
        raise BadCourse(_("The texts of a course hold at most %(most)d pictures.") % {"most": MOST_PICTURES}, field="file")
    picture = Picture(course=course, width=width, height=height, size_bytes=stored.size, sha256=stored.sha256)
    # The columns for the sides are given: told by the field, the picture would be fetched and opened once more.
    picture.image.name = stored.name
    picture.save(force_insert=True)
    return picture
