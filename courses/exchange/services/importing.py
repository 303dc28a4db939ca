"""Imports: read and kept, confirmed, made into a draft, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.events import CourseFileReleased
from courses.exchange.errors import ImportEnded, ImportHasProblems, ImportUnderWay
from courses.exchange.files import place_pictures
from courses.exchange.limits import AT_ONCE_BYTES, AT_ONCE_FILES, KEEP_HOURS
from courses.exchange.models import CourseImport
from courses.exchange.parts import CoursePart, FilePart, LessonPart, QuizPart
from courses.exchange.reading import Reading, read_file
from courses.limits import ATTACHMENT_KINDS, MOST_PICTURES, PICTURE_SIDE, most_attachment_bytes
from courses.models import Attachment, Course, Lesson, Module, Picture, Question, Quiz, QuizKind
from courses.services.courses import create_course
from courses.services.lessons import apply_words
from courses.services.locks import lock_course, stamp_outline
from courses.services.quizzes import apply_question_words, apply_quiz_words
from courses.slugs import lesson_slugs, quiz_slugs
from courses.texts import clean_line, clean_text
from kit.errors import DomainError
from kit.events import publish
from kit.files import RefusedFile, inspect_upload
from kit.images import RefusedImage, clean_image
from kit.jobs import enqueue
from kit.storage import StoredFile, private, public, store_upload

Progress = Callable[[int, int], None]
"""Told of how many files of how many are through."""


def check_import(file: File, *, by: User, name: str, into: Course | None = None) -> CourseImport:
    """The dry run: read a file, say what would be made of it and what is wrong, and keep it until it is confirmed.

    Nothing of a course is written. Raises `RefusedFile` for a file that is no course, is damaged, or could do harm.
    """
    with read_file(file, name=name, into=into) as reading:
        report, kind = reading.as_stored(), reading.kind
    stored = store_upload(file, prefix="imports")
    try:
        return CourseImport.objects.create(
            creator=by,
            course=into,
            makes_course=into is None,
            kind=kind,
            name=clean_line(name or "?", field="file", most=10_000)[:200],
            file=stored.name,
            report=report,
            expires_at=timezone.now() + timedelta(hours=KEEP_HOURS),
        )
    except BaseException:
        private().delete(stored.name)
        raise


def confirm_import(found: CourseImport, *, by: User) -> CourseImport:
    """Make what the report says. A small one is done when this returns, a large one is left to a job (`job_of`).

    Raises `ImportHasProblems`, `ImportUnderWay`, `ImportEnded`; and when the course changed since the dry run so that it no longer
    fits, what `fulfil_import` raises.
    """
    with transaction.atomic():
        found = _lock(found)
        if found.state == CourseImport.State.DONE:
            return found
        if found.state == CourseImport.State.UNDER_WAY:
            raise ImportUnderWay
        if found.problems:
            raise ImportHasProblems
        counts = found.report["counts"]
        is_large = counts["pictures"] + counts["attachments"] > AT_ONCE_FILES or found.report["bytes"] > AT_ONCE_BYTES
        if is_large:
            found.state = CourseImport.State.UNDER_WAY
            found.save(update_fields=["state"])
            enqueue("courses.import", key=found.job_key, params={"import": str(found.pk)}, owner=f"user:{by.pk}")
    if not is_large:
        fulfil_import(found)
        found.refresh_from_db()
    return found


def fulfil_import(found: CourseImport, *, progress: Progress | None = None) -> Course:
    """Store the files, then write the course in one transaction. Safe to run twice, even at once: the second finds it done.

    When it cannot be made, nothing is left of it, the report says why, and it waits for its confirmation again. Raises
    `RefusedFile`, `RefusedImage`, `BadCourse`, `ImportHasProblems`.
    """
    found.refresh_from_db()
    if found.has_lost_its_course:
        raise ImportEnded
    if found.state == CourseImport.State.DONE and found.course is not None:
        return found.course
    into = None if found.makes_course else found.course
    try:
        with private().open(str(found.file.name)) as file, read_file(file, name=found.name, into=into) as reading:
            if not reading.report.is_clean:
                found.report = reading.as_stored()
                raise ImportHasProblems
            with _stored_files(reading, progress) as kept:
                return _write(found, reading, kept)
    except DomainError as refusal:
        give_back(found, refusal)
        raise


def discard_import(found: CourseImport, *, by: User) -> None:
    """Forget it and its file. Raises `ImportUnderWay`."""
    with transaction.atomic():
        found = _lock(found)
        if found.state == CourseImport.State.UNDER_WAY:
            raise ImportUnderWay
        name = str(found.file.name)
        found.delete()
    private().delete(name)


@transaction.atomic
def _lock(found: CourseImport) -> CourseImport:
    # Without joins: whoever waited for the lock would see the new row beside a course that was not there yet when it asked.
    locked = CourseImport.objects.select_for_update().filter(pk=found.pk).first()
    if locked is None or locked.has_lost_its_course:
        raise ImportEnded
    return locked


def give_back(found: CourseImport, refusal: DomainError) -> None:
    """Nothing was made: it waits for its confirmation again, with the reason among its problems."""
    if not found.report["problems"]:
        place = str(refusal.extra.get("place", "")) or refusal.field or ""
        found.report["problems"].append({"path": place, "sentence": str(refusal)})
    CourseImport.objects.filter(pk=found.pk).exclude(state=CourseImport.State.DONE).update(
        state=CourseImport.State.CHECKED, report=found.report
    )


@dataclass
class _Kept:
    """What was stored for this import: pictures by path, attachments by their part."""

    pictures: dict[str, _StoredPicture] = field(default_factory=dict)
    attachments: dict[int, _StoredAttachment] = field(default_factory=dict)
    written: bool = False


@dataclass(frozen=True, kw_only=True)
class _StoredPicture:
    stored: StoredFile
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class _StoredAttachment:
    stored: StoredFile
    name: str
    content_type: str


@contextmanager
def _stored_files(reading: Reading, progress: Progress | None) -> Iterator[_Kept]:
    """The package's files in our stores; let go again unless the course was written."""
    kept = _Kept()
    attachments = reading.course.attachments()
    total, done = len(reading.pictures) + len(attachments), 0
    try:
        for path in reading.pictures:
            kept.pictures[path] = _store_picture(reading, path)
            done += 1
            if progress:
                progress(done, total)
        for part in attachments:
            kept.attachments[id(part)] = _store_attachment(reading, part)
            done += 1
            if progress:
                progress(done, total)
        yield kept
    finally:
        if not kept.written:
            for picture in kept.pictures.values():
                public().delete(picture.stored.name)
            for attachment in kept.attachments.values():
                private().delete(attachment.stored.name)


def _store_picture(reading: Reading, path: str) -> _StoredPicture:
    with reading.package.copy(path) as file:
        try:
            clean = clean_image(file, max_side=PICTURE_SIDE)
        except RefusedImage as refusal:
            raise RefusedImage(refusal.message, place=path) from refusal
    stored = store_upload(clean.content, prefix="lessons", extension=clean.extension, to_public=True)
    return _StoredPicture(stored=stored, width=clean.width, height=clean.height)


def _store_attachment(reading: Reading, part: FilePart) -> _StoredAttachment:
    with reading.package.copy(part.path) as file:
        try:
            inspected = inspect_upload(file, name=part.name, allowed=ATTACHMENT_KINDS, max_bytes=most_attachment_bytes())
        except RefusedFile as refusal:
            raise RefusedFile(refusal.message, place=part.path) from refusal
        stored = store_upload(File(file), prefix="attachments")
    return _StoredAttachment(stored=stored, name=inspected.name, content_type=inspected.content_type)


@transaction.atomic
def _write(found: CourseImport, reading: Reading, kept: _Kept) -> Course:
    """The rows, all or none. A handful of statements however large the course is."""
    found = _lock(found)
    if found.state == CourseImport.State.DONE:
        assert found.course is not None
        return found.course
    part = reading.course
    course = create_course(by=found.creator, words=part.words, slug=part.slug) if found.makes_course else found.course
    assert course is not None
    course = lock_course(course)
    addresses = _write_pictures(course, kept)
    modules = _write_modules(course, part)
    pairs = _write_lessons(course, part, modules, addresses)
    _write_attachments(pairs, kept)
    _write_quizzes(course, part, modules, pairs, addresses)
    stamp_outline(course)
    Course.objects.filter(pk=course.pk).update(updated_at=timezone.now())
    found.state, found.course = CourseImport.State.DONE, course
    found.save(update_fields=["state", "course"])
    publish(CourseFileReleased(store="private", name=str(found.file.name)))
    kept.written = True
    return course


def _write_pictures(course: Course, kept: _Kept) -> dict[str, str]:
    """Lasting addresses by path. A picture that the course has already is not held twice."""
    known = {picture.sha256: picture for picture in Picture.objects.filter(course=course)}
    fresh: list[Picture] = []
    addresses: dict[str, str] = {}
    for path, entry in kept.pictures.items():
        picture = known.get(entry.stored.sha256)
        if picture is None:
            picture = Picture(
                course=course, width=entry.width, height=entry.height, size_bytes=entry.stored.size, sha256=entry.stored.sha256
            )
            # The columns for the sides are given: told by the field, the picture would be fetched and opened once more.
            picture.image.name = entry.stored.name
            known[entry.stored.sha256] = picture
            fresh.append(picture)
        else:
            publish(CourseFileReleased(store="public", name=entry.stored.name))
        addresses[path] = public().url(str(picture.image.name))
    if len(known) > MOST_PICTURES:
        raise BadCourse(_("The texts of a course hold at most %(most)d pictures.") % {"most": MOST_PICTURES})
    Picture.objects.bulk_create(fresh, batch_size=500)
    return addresses


def _write_modules(course: Course, part: CoursePart) -> list[Module]:
    first = Module.objects.present().filter(course=course).count()
    modules = [
        Module(
            course=course,
            title=clean_line(entry.title, field="title", most=160),
            description=clean_text(entry.description, field="description", most=2000),
            is_free_preview=entry.is_free_preview,
            position=first + index,
        )
        for index, entry in enumerate(part.modules)
    ]
    return Module.objects.bulk_create(modules)


def _write_lessons(course: Course, part: CoursePart, modules: list[Module], addresses: dict[str, str]) -> list[tuple[LessonPart, Lesson]]:
    pairs: list[tuple[LessonPart, Lesson]] = []
    for entry, module in zip(part.modules, modules, strict=True):
        for position, inner in enumerate(entry.lessons):
            lesson = Lesson(course=course, module=module, position=position)
            apply_words(lesson, replace(inner.words, text=place_pictures(inner.words.text, addresses)))
            pairs.append((inner, lesson))
    slugs = lesson_slugs(course, [inner.slug or inner.words.title for inner, _lesson in pairs])
    for (_inner, lesson), slug in zip(pairs, slugs, strict=True):
        lesson.slug = slug
    Lesson.objects.bulk_create([lesson for _inner, lesson in pairs], batch_size=500)
    return pairs


def _write_attachments(pairs: list[tuple[LessonPart, Lesson]], kept: _Kept) -> None:
    rows = []
    for part, lesson in pairs:
        for position, entry in enumerate(part.attachments):
            held = kept.attachments[id(entry)]
            rows.append(
                Attachment(
                    lesson=lesson,
                    name=held.name,
                    file=held.stored.name,
                    size_bytes=held.stored.size,
                    sha256=held.stored.sha256,
                    content_type=held.content_type,
                    position=position,
                )
            )
    Attachment.objects.bulk_create(rows, batch_size=500)


def _write_quizzes(
    course: Course, part: CoursePart, modules: list[Module], pairs: list[tuple[LessonPart, Lesson]], addresses: dict[str, str]
) -> None:
    last = Quiz.objects.present().filter(course=course, kind=QuizKind.COURSE).count()
    found: list[tuple[QuizPart, Quiz]] = []
    for inner, lesson in pairs:
        if inner.quiz is not None:
            found.append((inner.quiz, Quiz(course=course, kind=QuizKind.INLINE, lesson=lesson, position=0)))
    for entry, module in zip(part.modules, modules, strict=True):
        for position, quiz in enumerate(entry.quizzes):
            found.append((quiz, Quiz(course=course, kind=QuizKind.MODULE, module=module, position=position)))
    for position, quiz in enumerate(part.quizzes, last):
        found.append((quiz, Quiz(course=course, kind=QuizKind.COURSE, position=position)))
    for quiz_part, row in found:
        apply_quiz_words(row, replace(quiz_part.words, description=place_pictures(quiz_part.words.description, addresses)))
    for (_part, row), slug in zip(found, quiz_slugs(course, [entry.slug or entry.words.title for entry, _row in found]), strict=True):
        row.slug = slug
    Quiz.objects.bulk_create([row for _part, row in found], batch_size=500)
    questions = [question for quiz_part, row in found for question in _questions_of(quiz_part, row, addresses)]
    Question.objects.bulk_create(questions, batch_size=500)


def _questions_of(part: QuizPart, quiz: Quiz, addresses: dict[str, str]) -> Iterator[Question]:
    for position, entry in enumerate(part.questions):
        question = Question(quiz=quiz, position=position)
        words = entry.words
        apply_question_words(
            question,
            replace(words, text=place_pictures(words.text, addresses), explanation=place_pictures(words.explanation, addresses)),
        )
        yield question


def forget_ended(moment: datetime) -> int:
    """Let go of imports and their files whose time is over by `moment`. One under way has as long again. Returns how many."""
    late = CourseImport.objects.filter(expires_at__lte=moment - timedelta(hours=KEEP_HOURS), state=CourseImport.State.UNDER_WAY)
    ended = CourseImport.objects.filter(expires_at__lte=moment).exclude(state=CourseImport.State.UNDER_WAY)
    count = 0
    for found in [*ended[:500], *late[:500]]:
        name = str(found.file.name)
        if CourseImport.objects.filter(pk=found.pk, state=found.state).delete()[0]:
            private().delete(name)
            count += 1
    return count
