from __future__ import annotations

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.access import creator_required, staff_required
from accounts.errors import CreatorsOnly, StaffOnly
from accounts.models import User
from accounts.services.suspensions import restore_person, suspend_person
from kit.errors import Conflict, DomainError
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def request_of(user: User) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    return request


def test_the_creators_door(ada: User, ben: User) -> None:  # R31
    view = creator_required(lambda request: HttpResponse("in"))
    assert view(request_of(ada)).content == b"in"
    with pytest.raises(CreatorsOnly, match="Only creators allowed") as refusal:
        view(request_of(ben))
    assert refusal.value.status_code == 403


def test_the_staff_door(mo: User, ada: User) -> None:
    view = staff_required(lambda request: HttpResponse("in"))
    assert view(request_of(mo)).content == b"in"
    with pytest.raises(StaffOnly):
        view(request_of(ada))


class TestSuspending:
    def test_it_keeps_out_with_a_reason_and_can_be_lifted(self, ben: User, mo: User) -> None:
        suspended = suspend_person(ben, by=mo, reason=" Spam. ")
        assert (suspended.is_active, suspended.suspension_reason, suspended.suspended_by_id) == (False, "Spam.", mo.pk)
        restored = restore_person(ben, by=mo)
        assert (restored.is_active, restored.suspension_reason, restored.suspended_at) == (True, "", None)

    @pytest.mark.parametrize("case", ["no reason", "no staff", "oneself", "a fellow", "twice"])
    def test_what_is_not_right_is_refused_and_changes_nothing(self, ben: User, cleo: User, mo: User, case: str) -> None:
        other = make_user("other", staff=True)
        if case == "twice":
            suspend_person(ben, by=mo, reason="Once.")
        before = list(User.objects.order_by("pk").values("is_active", "suspension_reason"))
        arguments: tuple[User, User, str, type[DomainError]] = {
            "no reason": (ben, mo, " ", DomainError),
            "no staff": (ben, cleo, "x", StaffOnly),
            "oneself": (mo, mo, "x", StaffOnly),
            "a fellow": (other, mo, "x", StaffOnly),
            "twice": (ben, mo, "Again.", Conflict),
        }[case]
        with pytest.raises(arguments[3]):
            suspend_person(arguments[0], by=arguments[1], reason=arguments[2])
        assert list(User.objects.order_by("pk").values("is_active", "suspension_reason")) == before

    def test_who_is_not_suspended_cannot_be_restored(self, ben: User, mo: User, cleo: User) -> None:
        with pytest.raises(Conflict):
            restore_person(ben, by=mo)
        with pytest.raises(StaffOnly):
            restore_person(ben, by=cleo)


class TestAdmin:
    @pytest.fixture
    def desk(self, client: Client, mo: User) -> Client:
        User.objects.filter(pk=mo.pk).update(is_superuser=True)
        client.force_login(mo)
        return client

    def test_people_are_found_by_any_part_of_a_name_or_an_address(self, desk: Client, ben: User, cleo: User) -> None:
        for q in ("BEN", "en@exam", "Ben"):
            page = desk.get(reverse("admin:accounts_user_changelist"), {"q": q}).content.decode()
            assert "ben@example.com" in page
            assert "cleo@example.com" not in page

    def test_the_search_goes_by_an_index(self, mo: User) -> None:
        with connection.cursor() as cursor:
            # What is left is a walk through the index with the condition; a table of few rows is read in some other way.
            for other in ("seqscan", "indexscan", "indexonlyscan"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
            for column, table in (("username", "accounts_user"), ("email", "accounts_user"), ("display_name", "accounts_profile")):
                cursor.execute(f"EXPLAIN SELECT 1 FROM {table} WHERE UPPER({column}::text) LIKE UPPER('%%elo%%')")
                assert "Bitmap Index Scan" in "\n".join(row[0] for row in cursor.fetchall()), column

    def test_the_list_costs_the_same_for_few_and_for_many(self, desk: Client, django_assert_max_num_queries) -> None:
        url = reverse("admin:accounts_user_changelist")
        for _ in range(2):
            with django_assert_max_num_queries(8):
                assert desk.get(url).status_code == 200
            for _ in range(30):
                make_user()

    def test_a_person_is_suspended_with_a_reason_and_restored(self, desk: Client, ben: User) -> None:
        url = reverse("admin:accounts_user_suspend", args=[ben.pk])
        assert "@ben" in desk.get(url).content.decode()
        desk.post(url, {"reason": ""})
        ben.refresh_from_db()
        assert ben.is_active
        desk.post(url, {"reason": "Spam."})
        ben.refresh_from_db()
        assert (ben.is_active, ben.suspension_reason) == (False, "Spam.")
        assert "Restore this person" in desk.get(reverse("admin:accounts_user_change", args=[ben.pk])).content.decode()
        desk.post(reverse("admin:accounts_user_restore", args=[ben.pk]))
        ben.refresh_from_db()
        assert ben.is_active

    def test_several_are_suspended_by_the_action(self, desk: Client, ben: User, cleo: User) -> None:
        url = reverse("admin:accounts_user_changelist")
        chosen = {"action": "suspend_people", "_selected_action": [ben.pk, cleo.pk]}
        page = desk.post(url, chosen).content.decode()
        assert "@ben" in page
        assert "@cleo" in page
        desk.post(url, chosen | {"reason": "Spam."})
        assert User.objects.filter(suspension_reason="Spam.").count() == 2

    def test_nobody_is_added_or_deleted_there(self, desk: Client, ben: User) -> None:
        assert desk.get(reverse("admin:accounts_user_add")).status_code == 403
        assert desk.post(reverse("admin:accounts_user_delete", args=[ben.pk]), {"post": "yes"}).status_code == 403
        for name in ("account_emailaddress", "usersessions_usersession", "accounts_apitoken"):
            assert desk.get(reverse(f"admin:{name}_changelist")).status_code == 200
            assert desk.get(reverse(f"admin:{name}_add")).status_code == 403

    def test_it_has_no_sign_in_of_its_own(self, client: Client, mo: User, ben: User) -> None:
        response = client.post("/admin/login/", {"username": "mo", "password": PASSWORD})
        assert response.status_code == 302
        assert response["Location"].startswith("/login/")
        assert "_auth_user_id" not in client.session
        client.force_login(ben)
        assert client.get("/admin/login/").status_code == 403


def test_the_refusal_page_says_how_to_become_one(client: Client, ben: User) -> None:
    from django.test import RequestFactory

    from kit.http import refusal

    request = RequestFactory().get("/dashboard/products/")
    request.user = ben
    request.session = client.session
    page = refusal(request, CreatorsOnly()).content.decode()
    assert "Only creators allowed" in page
    assert 'href="/settings/creator/?next=/dashboard/products/"' in page
