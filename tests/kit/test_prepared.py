"""Queries put into SQL once give the same instances as Django's own."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import Lesson
from kit.prepared import Prepared, PreparedSave
from tests.factories import make_user
from tests.factories.courses import make_course


def test_rows_are_what_the_query_says(ada: User, ben: User) -> None:
    by_name = Prepared(lambda name: User.objects.select_related("profile").filter(username=name), "-")
    for user in (ada, ben):
        with CaptureQueriesContext(connection) as queries:
            found = by_name.first(user.username)
            assert found is not None
            assert found.profile.display_name == user.profile.display_name
        assert len(queries) == 1
        assert found == user
        plain = User.objects.get(pk=user.pk)
        assert {field.attname: getattr(found, field.attname) for field in User._meta.concrete_fields} == {
            field.attname: getattr(plain, field.attname) for field in User._meta.concrete_fields
        }
    assert by_name.first("nobody") is None


def test_columns_are_converted_and_order_and_slices_are_kept(ada: User) -> None:
    course = make_course(ada, modules=2, lessons=3)
    of_course = Prepared(
        lambda course, kind: Lesson.objects.filter(course_id=course, kind=kind).defer("text").order_by("-slug")[:4], -1, "-"
    )
    found = of_course.all(course.pk, "text")
    assert found == list(Lesson.objects.filter(course=course).order_by("-slug")[:4])
    assert found[0].takeaways == []
    assert "text" in found[0].get_deferred_fields()
    assert found[0].text == "Draw the *n* first."
    assert of_course.all(course.pk, "exercise") == []


def test_what_an_instance_needs_to_be_saved_is_there(ada: User) -> None:
    by_id = Prepared(lambda pk: User.objects.filter(pk=pk), -1)
    found = by_id.first(ada.pk)
    assert found is not None
    found.username = "ada2"
    found.save()
    ada.refresh_from_db()
    assert ada.username == "ada2"


def test_values_do_not_get_into_the_sql(ada: User) -> None:
    by_name = Prepared(lambda name: User.objects.filter(username=name), "-")
    assert by_name.first("ada' OR '1'='1") is None
    assert by_name.first("%s") is None


def test_a_place_that_the_query_does_not_have_is_refused(db: None) -> None:
    with pytest.raises(ValueError):
        Prepared(lambda name, _unused: User.objects.filter(username=name), "-", uuid4()).first("ada", uuid4())


def test_the_same_query_serves_one_person_after_the_other(db: None) -> None:
    by_id = Prepared(lambda pk: User.objects.filter(pk=pk), -1)
    people = [make_user() for _number in range(3)]
    assert [by_id.first(person.pk) for person in people] == people


def test_locks_need_a_transaction_that_holds_them(ada: User) -> None:
    locked = Prepared(lambda pk: User.objects.filter(pk=pk).select_for_update(), -1)
    with CaptureQueriesContext(connection) as queries:
        assert locked.first(ada.pk) == ada
    assert queries.captured_queries[0]["sql"].endswith("FOR UPDATE")


@pytest.mark.django_db(transaction=True)
def test_a_lock_without_a_transaction_is_refused_however_often_it_was_taken() -> None:
    ada = make_user()
    locked = Prepared(lambda pk: User.objects.filter(pk=pk).select_for_update(), -1)
    for _time in range(2):
        with pytest.raises(TransactionManagementError):
            locked.first(ada.pk)
        with transaction.atomic():
            assert locked.first(ada.pk) == ada


def test_what_is_asked_often_is_planned_once(ada: User) -> None:
    by_name = Prepared(lambda name: User.objects.filter(username=name), "-")
    for _time in range(8):
        assert by_name.first("ada") == ada
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ['%"accounts_user"."username" = $1%'])
        assert cursor.fetchone() == (1,)


class TestSaving:
    def test_the_named_columns_are_written_and_no_others(self, ada: User, ben: User) -> None:
        save = PreparedSave(Lesson, "title", "takeaways", "module_id")
        first, second = make_course(ada, modules=1, lessons=2).lessons.order_by("pk")
        first.title, first.takeaways, first.slug = "Stems", ["Bowls"], "not-this"
        with CaptureQueriesContext(connection) as queries:
            save(first)
        assert len(queries) == 1
        kept, other = Lesson.objects.get(pk=first.pk), Lesson.objects.get(pk=second.pk)
        assert (kept.title, kept.takeaways) == ("Stems", ["Bowls"])
        assert kept.slug != "not-this"
        assert (other.title, other.takeaways) == (second.title, second.takeaways)

    def test_a_row_that_is_gone_is_missed(self, ada: User) -> None:
        with pytest.raises(User.DoesNotExist):
            PreparedSave(User, "username")(User(pk=-5, username="nobody"))

    def test_only_columns_can_be_named(self, ada: User) -> None:
        with pytest.raises(KeyError):
            PreparedSave(User, "profile")(ada)
