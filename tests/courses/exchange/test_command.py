"""`manage.py import_course`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.models import Course, Lesson
from tests.courses.exchange.packages import small_course
from tests.factories.courses import make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "course.json"
    path.write_text(json.dumps(small_course()))
    return path


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_course", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_course_kept_as_json_becomes_rows_from_the_command_line(ada: User, file: Path) -> None:  # R256
    out, err = run(str(file), "--by", "ada")
    course = Course.objects.get(creator=ada)
    assert f"Imported as {course.slug}." in out
    assert "2 modules, 4 lessons" in out
    assert "the first module is free" in err  # R257, R258


def test_a_dry_run_only_tells(ada: User, file: Path) -> None:
    out, _err = run(str(file), "--by", "ada", "--dry-run")
    assert "2 modules, 4 lessons" in out
    assert not Course.objects.exists()
    assert not CourseImport.objects.exists()


def test_problems_are_told_by_path_and_nothing_is_made(ada: User, file: Path) -> None:
    file.write_text(json.dumps(small_course(level="expert")))
    err = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_course", str(file), "--by", "ada", stdout=StringIO(), stderr=err)
    assert "problem  level: Choose one of" in err.getvalue()
    assert not Course.objects.exists()
    assert not CourseImport.objects.exists()


def test_modules_go_into_a_course_that_is_named(ada: User, file: Path) -> None:
    course = make_course(ada, modules=1, lessons=1)
    run(str(file), "--by", "ada", "--into", course.slug)
    assert Lesson.objects.filter(course=course).count() == 5


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["--by", "ben"], "is no creator"), (["--by", "nobody"], "is no creator"), (["--by", "ada", "--into", "gone"], "no such course")],
)
def test_who_and_where_have_to_exist(ada: User, ben: User, file: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(str(file), *arguments)


def test_a_file_that_is_not_there_or_no_course_is_said(ada: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "gone.json"), "--by", "ada")
    (tmp_path / "x.html").write_text("<html>")
    with pytest.raises(CommandError, match="neither a ZIP"):
        run(str(tmp_path / "x.html"), "--by", "ada")
