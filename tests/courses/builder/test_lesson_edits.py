"""Saving what is written: two windows at once lose nothing without being told (real threads, and twins without the lock)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import User
from courses.errors import BadCourse, StaleEdit
from courses.models import Course, Lesson
from courses.services import lesson_edits
from courses.services.lesson_edits import save_lesson
from courses.services.lessons import LessonWords, remove_lesson
from kit.errors import NotFound
from tests.factories import make_user
from tests.factories.courses import make_course
from tests.threads import at_once, meet


def only_lesson(ada: User) -> Lesson:
    return make_course(ada, modules=1, lessons=1, published=False).lessons.get()


def says(lesson: Lesson, **words: Any) -> LessonWords:
    return replace(LessonWords.of(lesson), **words)


@pytest.mark.django_db
class TestOneWriter:
    def test_what_is_typed_is_stored_under_the_next_stamp(self, ada: User) -> None:  # R150, R152, R191
        lesson = only_lesson(ada)
        words = says(lesson, text="Anew.", takeaways=["Round letters overshoot"], minutes=12, is_free_preview=True)

        saved = save_lesson(lesson, by=ada, stamp=0, words=words)

        assert saved.edit_stamp == 1
        stored = Lesson.objects.get()
        assert (stored.text, stored.takeaways, stored.minutes, stored.is_free_preview) == ("Anew.", ["Round letters overshoot"], 12, True)

    def test_the_address_of_a_lesson_survives_another_title(self, ada: User) -> None:
        lesson = only_lesson(ada)
        assert save_lesson(lesson, by=ada, stamp=0, words=says(lesson, title="Another")).slug == lesson.slug

    def test_an_older_state_is_refused_and_nothing_changes(self, ada: User) -> None:
        lesson = only_lesson(ada)
        save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="From the first window"))

        with pytest.raises(StaleEdit):
            save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="From the second"))

        stored = Lesson.objects.get()
        assert (stored.text, stored.edit_stamp) == ("From the first window", 1)

    def test_a_save_whose_answer_was_lost_can_be_sent_again(self, ada: User) -> None:
        lesson = only_lesson(ada)
        words = says(lesson, text="Once")
        assert save_lesson(lesson, by=ada, stamp=0, words=words).edit_stamp == 1
        assert save_lesson(lesson, by=ada, stamp=0, words=words).edit_stamp == 1

    def test_a_link_is_checked_and_kept_in_one_form(self, ada: User) -> None:  # R153
        lesson = only_lesson(ada)
        saved = save_lesson(lesson, by=ada, stamp=0, words=says(lesson, kind="video_embed", video_url="youtu.be/dQw4w9WgXcQ?t=5"))
        assert saved.video_url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s"
        with pytest.raises(BadCourse) as refusal:
            save_lesson(lesson, by=ada, stamp=1, words=says(saved, video_url="https://evil.example/x"))
        assert refusal.value.field == "video_url"

    def test_a_removed_lesson_is_not_written_to(self, ada: User) -> None:
        lesson = only_lesson(ada)
        remove_lesson(lesson, by=ada)
        with pytest.raises(NotFound):
            save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="Too late"))
        assert Lesson.objects.get().text == lesson.text

    def test_writing_does_not_count_as_a_change_of_the_order(self, ada: User) -> None:
        lesson = only_lesson(ada)
        before = Course.objects.get().outline_stamp
        save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="Anew."))
        assert Course.objects.get().outline_stamp == before


def save_from_two_windows(ada: User) -> tuple[Lesson, list[Any]]:
    lesson = only_lesson(ada)
    return lesson, at_once(
        lambda: save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="From the first window")),
        lambda: save_lesson(lesson, by=ada, stamp=0, words=says(lesson, text="From the second")),
    )


@pytest.mark.django_db(transaction=True)
class TestTwoWindows:
    @pytest.fixture
    def ada(self, transactional_db: None) -> User:
        return make_user("ada", creator=True)

    def test_of_two_that_save_at_once_one_is_told(self, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
        meet(monkeypatch, lesson_edits, "_read")

        lesson, results = save_from_two_windows(ada)

        refused = [result for result in results if isinstance(result, StaleEdit)]
        saved = [result for result in results if isinstance(result, Lesson)]
        assert (len(refused), len(saved)) == (1, 1)
        stored = Lesson.objects.get(pk=lesson.pk)
        assert (stored.text, stored.edit_stamp) == (saved[0].text, 1)

    def test_without_the_lock_one_text_is_lost_and_nobody_is_told(self, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """The unlocked twin of `test_of_two_that_save_at_once_one_is_told`."""
        meet(monkeypatch, lesson_edits, "_read", unlocked=True)
        monkeypatch.setattr(lesson_edits, "lock_course", lambda course: course)

        _lesson, results = save_from_two_windows(ada)

        assert not [result for result in results if isinstance(result, Exception)]

    def test_sixteen_windows_that_take_turns_as_they_are_told_lose_nothing(self, ada: User) -> None:
        lesson = only_lesson(ada)

        def add_line(number: int) -> None:
            while True:
                seen = Lesson.objects.get(pk=lesson.pk)
                try:
                    save_lesson(seen, by=ada, stamp=seen.edit_stamp, words=says(seen, text=f"{seen.text}\nline {number}"))
                    return
                except StaleEdit:
                    continue

        results = at_once(*[lambda number=number: add_line(number) for number in range(16)])

        assert not [result for result in results if isinstance(result, Exception)]
        stored = Lesson.objects.get()
        assert stored.edit_stamp == 16
        assert sorted(stored.text.splitlines()[1:]) == sorted(f"line {number}" for number in range(16))
