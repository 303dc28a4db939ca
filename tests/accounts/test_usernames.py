from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.errors import UsernameChangedLately, UsernameRefused, UsernameTaken
from accounts.models import FormerUsername, User
from accounts.selectors import public_profile
from accounts.services.registration import register_person
from accounts.services.usernames import change_username
from accounts.usernames import RESERVED, clean_username, lookalike
from kit.errors import NotFound
from tests.factories import PASSWORD, make_user


def first_segments(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found = set()
    for pattern in patterns:
        route = str(pattern.pattern).lstrip("^")
        if route == "" and isinstance(pattern, URLResolver):
            found |= first_segments(pattern.url_patterns)
        else:
            found.add(route.split("/")[0].partition(".")[0])
    return {segment for segment in found if segment and segment.replace("-", "").isalnum()}


def test_no_name_is_the_first_word_of_one_of_our_addresses() -> None:  # R8
    shapes = {lookalike(word) for word in RESERVED}
    missing = {segment for segment in first_segments(get_resolver().url_patterns) if lookalike(segment) not in shapes}
    assert not missing, f"add to accounts.usernames: {sorted(missing)}"


@pytest.mark.parametrize(
    ("one", "other"), [("adal", "ada1"), ("paypal", "paypa1"), ("modern", "modem"), ("vvilma", "wilma"), ("io", "l0"), ("a-b_c", "abc")]
)
def test_names_that_look_alike_have_one_shape(one: str, other: str) -> None:
    assert lookalike(one) == lookalike(other)


@given(st.text(alphabet="abcilorvnmw015-_", max_size=30))
def test_shaping_forgets_nothing_but_looks(name: str) -> None:
    assert lookalike(lookalike(name)) == lookalike(name) or "rn" in lookalike(name) or "vv" in lookalike(name)
    assert set(lookalike(name)) <= set("abclorvnmw5")


class DatabaseShape(TestCase):
    @given(st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,28}[a-z0-9]\Z"))
    def test_the_database_shapes_names_as_we_do(self, name: str) -> None:
        user = User.objects.create_user(name, None, None)
        user.refresh_from_db()
        assert user.lookalike == lookalike(name)


def test_an_at_sign_and_capitals_are_no_part_of_a_name() -> None:
    assert clean_username(" @Rosa-Lee ") == "rosa-lee"


@pytest.mark.django_db
class TestChanging:
    def test_the_old_name_leads_to_the_person_and_nobody_else_gets_it(self, ada: User) -> None:
        change_username(ada, username="Lovelace")
        assert public_profile("ada").pk == public_profile("lovelace").pk == ada.pk
        with pytest.raises(UsernameTaken):
            register_person(username="a_da", email="other@example.com", password=PASSWORD)
        assert User.objects.count() == 1

    def test_it_goes_once_in_thirty_days(self, ada: User) -> None:
        change_username(ada, username="lovelace")
        with pytest.raises(UsernameChangedLately):
            change_username(ada, username="countess")
        ada.refresh_from_db()
        assert ada.username == "lovelace"
        FormerUsername.objects.update(left_at=timezone.now() - timedelta(days=31))
        assert change_username(ada, username="ada").username == "ada"
        assert set(FormerUsername.objects.values_list("username", flat=True)) == {"lovelace"}

    def test_a_name_in_use_or_kept_for_the_site_is_refused(self, ada: User, ben: User) -> None:
        with pytest.raises(UsernameTaken):
            change_username(ada, username="ben")
        with pytest.raises(UsernameRefused):
            change_username(ada, username="moderation")
        ada.refresh_from_db()
        assert ada.username == "ada"
        assert not FormerUsername.objects.exists()

    def test_the_page_changes_the_name_and_says_when_it_can_be_changed_again(self, client: Client, ada: User) -> None:
        client.force_login(ada)
        assert client.post("/settings/username/", {"username": "ben b"}).status_code == 422
        assert client.post("/settings/username/", {"username": "lovelace"}).status_code == 302
        page = client.get("/settings/username/").content.decode()
        assert "@lovelace" in page
        assert '<form method="post" action="/settings/username/"' not in page

    def test_a_profile_is_public_only_of_people_who_sell_and_may_sign_in(self, ada: User, ben: User) -> None:
        assert public_profile("ADA").pk == ada.pk
        for name in ("ben", "nobody", ""):
            with pytest.raises(NotFound):
                public_profile(name)
        User.objects.filter(pk=ada.pk).update(is_active=False, suspended_at=timezone.now())
        with pytest.raises(NotFound):
            public_profile("ada")

    def test_two_shapes_alike_are_refused_by_the_database_itself(self, ada: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            make_user("a-d-a")
