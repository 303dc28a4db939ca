"""Two at once, on real connections. Each has a twin without its guard that must fail, or the test could not see the race."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.errors import EmailTaken, TooManyTokens, UsernameTaken
from accounts.models import ApiToken, FormerUsername, Profile, User
from accounts.services import tokens, usernames
from accounts.services.registration import register_person
from accounts.services.tokens import MOST_TOKENS, create_token
from accounts.services.usernames import change_username
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same time, each on its own connection; answers, or the exceptions that they raised."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(number: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - it is the result
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def register(number: int, username: str = "rosa", email: str = "") -> Callable[[], User]:
    return lambda: register_person(username=username, email=email or f"r{number}@example.com", password=PASSWORD)


def test_of_eight_registrations_of_one_name_one_gets_it() -> None:
    results = at_once(*(register(number, username=["rosa", "r0sa"][number % 2]) for number in range(8)))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == 7
    assert User.objects.count() == Profile.objects.count() == 1


def test_of_eight_registrations_of_one_address_one_gets_it() -> None:
    results = at_once(*(register(number, username=f"rosa{'abcdefgh'[number]}", email="rosa@example.com") for number in range(8)))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, EmailTaken) for result in results) == 7
    assert User.objects.count() == 1


def take_while_somebody_takes_and_leaves(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Between rosa's look at a name and her taking it, somebody takes it and leaves it for another. Do both have it now?"""
    looked, left = threading.Event(), threading.Event()
    is_free, rosa = usernames.is_free, threading.local()

    def look(username: str, *, for_user: User | None = None) -> bool:
        free = is_free(username, for_user=for_user)
        if getattr(rosa, "here", False):
            looked.set()
            left.wait(1)
        return free

    def take() -> User:
        rosa.here = True
        return register_person(username="name", email="rosa@example.com", password=PASSWORD)

    def take_and_leave() -> User:
        looked.wait(5)
        try:
            return change_username(register_person(username="name", email="other@example.com", password=PASSWORD), username="other")
        finally:
            left.set()

    monkeypatch.setattr(usernames, "is_free", look)
    at_once(take, take_and_leave)
    return FormerUsername.objects.filter(username="name").exists() and User.objects.filter(username="name").exists()


def test_a_name_that_was_taken_and_left_meanwhile_is_not_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not take_while_somebody_takes_and_leaves(monkeypatch)
    assert User.objects.get().username == "name"


def test_without_the_lock_on_names_it_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usernames, "lock_username", lambda username: None)
    assert take_while_somebody_takes_and_leaves(monkeypatch)


def make_tokens_at_once() -> int:
    ben = make_user("ben")
    for number in range(MOST_TOKENS - 1):
        create_token(ben, name=str(number), scopes=["read"], expires_at=None)
    results = at_once(*(lambda: create_token(ben, name="last", scopes=["read"], expires_at=None) for _ in range(6)))
    assert all(isinstance(result, (tuple, TooManyTokens)) for result in results)
    return ApiToken.objects.count()


def test_six_tokens_at_once_do_not_pass_the_limit() -> None:
    assert make_tokens_at_once() == MOST_TOKENS


def test_without_the_lock_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody_looked = threading.Barrier(6, timeout=5)

    class Unlocked:
        """User.objects whose lock does nothing."""

        def select_for_update(self) -> Unlocked:
            return self

        def get(self, **lookup: Any) -> User:
            return User.objects.get(**lookup)

    class People:
        objects = Unlocked()

    draw = ApiToken.draw

    def draw_after_all_have_counted() -> str:
        if ApiToken.objects.count() >= MOST_TOKENS - 1:
            everybody_looked.wait()
        return draw()

    monkeypatch.setattr(tokens, "User", People)
    monkeypatch.setattr(ApiToken, "draw", staticmethod(draw_after_all_have_counted))
    assert make_tokens_at_once() > MOST_TOKENS
