"""From a file to what would be made of it: which format it is, what it holds, and what is wrong with it. Writes nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from courses.exchange.checking import check_course, count_parts
from courses.exchange.files import Files
from courses.exchange.formats.cartridge import read_cartridge
from courses.exchange.formats.course_json import parse_json, read_course_json
from courses.exchange.formats.markdown_folder import is_markdown_folder, read_markdown_folder
from courses.exchange.formats.olx import find_olx_root, read_olx
from courses.exchange.limits import MOST_JSON, most_upload_bytes
from courses.exchange.models import SourceKind
from courses.exchange.packages import Package, open_package
from courses.exchange.parts import CoursePart
from courses.exchange.report import Report
from courses.models import Course
from kit.files import RefusedFile
from kit.storage import safe_filename


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A course as it would be made, its open package, and the paths of the pictures in its texts."""

    kind: SourceKind
    course: CoursePart
    package: Package
    pictures: tuple[str, ...]
    report: Report

    @property
    def bytes_of_files(self) -> int:
        return sum(self.package.size(path) for path in self.pictures) + sum(
            self.package.size(entry.path) for entry in self.course.attachments()
        )

    def as_stored(self) -> dict[str, Any]:
        """The report as JSON: problems, warnings, counts, and the outline for people to look at."""
        return {
            **self.report.as_stored(),
            "title": self.course.words.title,
            "counts": count_parts(self.course, pictures=len(self.pictures)),
            "bytes": self.bytes_of_files,
            "outline": [
                {
                    "title": module.title,
                    "is_free": module.is_free_preview,
                    "lessons": [
                        {
                            "title": lesson.words.title,
                            "kind": lesson.words.kind,
                            "minutes": lesson.words.minutes,
                            "is_free": module.is_free_preview or lesson.words.is_free_preview,
                        }
                        for lesson in module.lessons
                    ],
                    "quizzes": [{"title": quiz.words.title, "questions": len(quiz.questions)} for quiz in module.quizzes],
                }
                for module in self.course.modules
            ],
            "quizzes": [{"title": quiz.words.title, "questions": len(quiz.questions)} for quiz in self.course.quizzes],
        }


@contextmanager
def read_file(file: IO[bytes] | File, *, name: str, into: Course | None = None) -> Iterator[Reading]:
    """Read and check a file that somebody sent. What is wrong with the course stands in the report.

    Raises `RefusedFile` for a file that is none of the formats, is damaged, or could do harm: then nothing of it is read.
    """
    size = file.seek(0, io.SEEK_END) or file.tell()
    file.seek(0)
    shown = safe_filename(name)
    if not size:
        raise RefusedFile(_("“%(name)s” is empty. Look at it on your computer, then send it again.") % {"name": shown})
    if size > most_upload_bytes():
        raise RefusedFile(
            _("“%(name)s” has %(size)s. Files may be up to %(limit)s.")
            % {"name": shown, "size": filesizeformat(size), "limit": filesizeformat(most_upload_bytes())}
        )
    head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    if head.startswith((b"{", b"[")):
        yield _checked(*_read_json(file, shown, is_new=into is None), into=into)
        return
    with open_package(file) as package:
        yield _checked(*_read_package(package, shown, is_new=into is None), into=into)


def _read_json(file: Any, name: str, *, is_new: bool) -> tuple[SourceKind, CoursePart, Files]:
    document = parse_json(file.read(MOST_JSON + 1), name)
    files = Files(Package(None), Report(), name=name)
    return SourceKind.JSON, read_course_json(document, file="", files=files, report=files.report, opens_lessons=is_new), files


def _read_package(package: Package, name: str, *, is_new: bool) -> tuple[SourceKind, CoursePart, Files]:
    files = Files(package, Report(), name=name)
    report = files.report
    if "course.json" in package:
        document = parse_json(package.read("course.json", most=MOST_JSON), "course.json")
        return SourceKind.PACKAGE, read_course_json(document, file="", files=files, report=report, opens_lessons=is_new), files
    _refuse_others(package)
    if "imsmanifest.xml" in package:
        return SourceKind.CARTRIDGE, read_cartridge(files), files
    if (root := find_olx_root(package)) is not None:
        return SourceKind.OLX, read_olx(files, root), files
    if is_markdown_folder(package):
        return SourceKind.MARKDOWN, read_markdown_folder(files), files
    raise RefusedFile(_("There is no course in this package: no course.json, imsmanifest.xml, course.xml or Markdown file."))


def _refuse_others(package: Package) -> None:
    """Raises `RefusedFile` for packages that people may well take for a course, and that hold none that we can read."""
    if "moodle_backup.xml" in package:
        raise RefusedFile(_("This is a backup of Moodle, for Moodle alone. In Moodle export the course as IMS Common Cartridge instead."))
    if "cmi5.xml" in package or "tincan.xml" in package:
        raise RefusedFile(
            _("This is a program that needs a learning system to run in, not pages. Export the course as Common Cartridge instead.")
        )


def _checked(kind: SourceKind, course: CoursePart, files: Files, *, into: Course | None) -> Reading:
    check_course(course, into=into, package=files.package, report=files.report)
    return Reading(kind=kind, course=course, package=files.package, pictures=tuple(files.pictures), report=files.report)
