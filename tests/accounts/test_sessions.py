"""Session and person are read together, and who somebody is follows from what was signed, as with Django's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.sessions import end_sessions
from accounts.sessions import SessionStore, person_of


def request_with(key: str | None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore(key)
    return request


@pytest.fixture
def key(client: Client, ben: User) -> str:
    client.force_login(ben)
    found = client.session.session_key
    assert found
    return found


def test_session_person_and_profile_take_one_query(key: str, ben: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        person = person_of(request_with(key))
        assert person == ben
        assert isinstance(person, User)
        assert person.profile.display_name == ben.profile.display_name
    assert len(queries) == 1
    assert Session.objects.get(pk=key).user == ben


def test_it_says_the_same_as_django(key: str, ben: User) -> None:
    assert person_of(request_with(key)) == get_user(request_with(key)) == ben
    for other in (None, "", "a" * 32, "short"):
        assert isinstance(person_of(request_with(other)), AnonymousUser)


def test_what_is_no_key_asks_no_query(db: None) -> None:
    for key in ("'; DROP TABLE x; --", "0123456789\0", "../../etc/passwd", "éé éé éé éé"):
        with CaptureQueriesContext(connection) as queries:
            assert isinstance(person_of(request_with(key)), AnonymousUser)
        assert not queries.captured_queries


def test_a_session_past_its_end_is_nobodys(key: str) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert isinstance(person_of(request_with(key)), AnonymousUser)


def test_whoever_may_no_longer_sign_in_is_nobody_at_once(key: str, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(is_active=False, suspended_at=timezone.now())
    assert isinstance(person_of(request_with(key)), AnonymousUser)


def test_another_password_ends_the_session(key: str, ben: User) -> None:
    ben.set_password("a quiet green river")
    ben.save()
    assert isinstance(person_of(request_with(key)), AnonymousUser)
    assert not Session.objects.filter(pk=key).exists()


def test_keys_that_are_replaced_leave_people_signed_in(key: str, ben: User, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-enough-length-0123456789-abcdefghij"
    request = request_with(key)
    assert person_of(request) == ben
    request.session.save()
    assert not Session.objects.filter(pk=key).exists(), "the session got a new key, signed by the new secret"
    settings.SECRET_KEY_FALLBACKS = []
    assert person_of(request_with(request.session.session_key)) == ben


def test_the_signed_data_decides_whose_it_is_not_the_row(key: str, ben: User, cleo: User) -> None:
    for owner in (cleo, None):
        Session.objects.update(user=owner)
        assert person_of(request_with(key)) == ben
    Session.objects.update(user=ben, session_data=SessionStore().encode({}))
    assert isinstance(person_of(request_with(key)), AnonymousUser)


def test_changed_data_opens_nothing(key: str) -> None:
    Session.objects.update(session_data=Session.objects.get().session_data[:-1] + "x")
    assert isinstance(person_of(request_with(key)), AnonymousUser)


def test_another_backend_is_asked_itself(key: str, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert isinstance(person_of(request_with(key)), AnonymousUser), "this backend signs nobody in any more"


def test_signing_in_and_out_renames_the_session(key: str, ben: User, cleo: User, client: Client) -> None:
    client.force_login(cleo)
    assert not Session.objects.filter(pk=key).exists()
    assert Session.objects.get().user == cleo
    client.logout()
    assert not Session.objects.exists()


def test_ending_sessions_ends_those_that_no_list_shows(key: str, ben: User, cleo: User) -> None:
    elsewhere, stranger = Client(), Client()
    elsewhere.force_login(ben)
    stranger.force_login(cleo)
    end_sessions(ben, keep=key)
    assert set(Session.objects.values_list("user", flat=True)) == {ben.pk, cleo.pk}
    assert Session.objects.filter(pk=key).exists()
    end_sessions(ben)
    assert list(Session.objects.values_list("user", flat=True)) == [cleo.pk]
