"""`manage.py import_course <file> --by <username>`: a course from a file, on the command line (R256)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from courses.access import get_own_course
from courses.exchange.models import CourseImport
from courses.exchange.report import told_once
from courses.exchange.services.importing import check_import, discard_import, fulfil_import
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Import a course: our JSON, a package of it, a folder of Markdown files, Common Cartridge, OLX. See docs/course-format.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the creator whose course it becomes")
        parser.add_argument("--into", default="", metavar="SLUG", help="add its modules to this course of theirs")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made and what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        creator = User.objects.filter(username=options["by"]).first()
        if creator is None or not creator.is_creator:
            raise CommandError(f"{options['by']} is no creator.")
        try:
            into = get_own_course(creator, options["into"]) if options["into"] else None
            with options["file"].open("rb") as file:
                found = check_import(File(file), by=creator, name=options["file"].name, into=into)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(found)
        if found.problems or options["dry_run"]:
            discard_import(found, by=creator)
            if found.problems:
                raise CommandError("Nothing was imported.")
            return
        try:
            course = fulfil_import(found)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(self.style.SUCCESS(f"Imported as {course.slug}."))

    def _tell(self, found: CourseImport) -> None:
        for kind, notes in (("problem", found.problems), ("warning", found.report["warnings"])):
            for told in told_once(notes):
                more = f" and {len(told.others)} more" if told.others else ""
                self.stderr.write(f"{kind}  {', '.join(told.places)}{more}: {told.sentence}")
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.report["counts"].items())
        self.stdout.write(f"{found.report['title']}: {counts}")
