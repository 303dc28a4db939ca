from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kit.errors import RateLimited, Unavailable
from kit.ratelimit import Rate, forget_all, limit, rate_limited

pytestmark = pytest.mark.usefixtures("no_counts_yet")


class Person:
    is_authenticated = True

    def __init__(self, pk: int) -> None:
        self.pk = pk


def request_from(address: str = "203.0.113.7", *, user: Any = None, method: str = "GET") -> Any:
    request: Any = RequestFactory().generic(method, "/", REMOTE_ADDR=address)
    request.user = user or AnonymousUser()
    return request


def passes(*args: Any, **kwargs: Any) -> bool:
    try:
        limit(*args, **kwargs)
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "rate"), [("10/m", (10, 60)), ("3/15m", (3, 900)), ("1/s", (1, 1)), ("100/2h", (100, 7200)), ("5/d", (5, 86400))]
)
def test_a_rate_is_written_as_people_say_it(text: str, rate: tuple[int, int]) -> None:
    parsed = Rate.parse(text)
    assert (parsed.count, parsed.seconds) == rate


@pytest.mark.parametrize("nonsense", ["", "10", "10/", "0/m", "m/10", "10/w", "-1/m", "10 / m"])
def test_a_rate_that_makes_no_sense_is_an_error(nonsense: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        Rate.parse(nonsense)
    with pytest.raises(ValueError, match="not a rate"):
        rate_limited("key", nonsense)


def test_so_many_tries_pass_and_no_more() -> None:  # R26, R37
    assert [passes("login", rate="3/m") for _ in range(5)] == [True, True, True, False, False]
    assert passes("other", rate="3/m")


def test_the_refusal_says_how_long_to_wait() -> None:
    limit("login", rate="1/m")
    with pytest.raises(RateLimited) as refused:
        limit("login", rate="1/m")
    assert 58 <= refused.value.retry_after <= 60
    assert refused.value.headers == {"Retry-After": str(refused.value.retry_after)}
    assert refused.value.status_code == 429


def test_who_waits_as_told_gets_in() -> None:
    limit("login", rate="1/s")
    pause = threading.Event()
    tries = 0
    while not passes("login", rate="1/s"):
        tries += 1
        assert tries < 200
        pause.wait(0.01)
    assert tries > 20
    # Refused tries were not counted, and the window slides: the next second begins with the try that passed.
    assert not passes("login", rate="1/s")


def test_tries_at_once_cannot_slip_through_together() -> None:
    ready = threading.Barrier(32)
    results: list[bool] = []

    def attempt() -> None:
        ready.wait(timeout=10)
        results.append(passes("login", rate="5/m"))

    threads = [threading.Thread(target=attempt) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert (results.count(True), len(results)) == (5, 32)


def test_looking_and_counting_apart_would_let_more_through() -> None:
    """The unlocked twin: count, then add."""
    together = threading.Barrier(8)
    passed: list[bool] = []

    def attempt() -> None:
        tries = cache.get("unlocked", 0)
        together.wait(timeout=10)
        if tries < 5:
            cache.set("unlocked", tries + 1, 60)
            passed.append(True)

    cache.delete("unlocked")
    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(passed) == 8


def test_each_address_and_each_person_has_tries_of_their_own() -> None:
    first, second = request_from("203.0.113.7"), request_from("203.0.113.8")
    assert passes("x", rate="1/m", request=first)
    assert passes("x", rate="1/m", request=second)
    assert not passes("x", rate="1/m", request=first)
    ada, ben = request_from(user=Person(1)), request_from(user=Person(2))
    assert passes("y", rate="1/m", request=ada, by="user")
    assert passes("y", rate="1/m", request=ben, by="user")
    assert not passes("y", rate="1/m", request=request_from("198.51.100.1", user=Person(1)), by="user")
    assert passes("y", rate="1/m", request=request_from("203.0.113.7"), by="user")


def test_all_addresses_of_one_ipv6_household_count_together() -> None:
    assert passes("x", rate="1/m", request=request_from("2001:db8:1:2::1"))
    assert not passes("x", rate="1/m", request=request_from("2001:db8:1:2:ffff::9"))
    assert passes("x", rate="1/m", request=request_from("2001:db8:1:3::1"))
    assert passes("x", rate="1/m", request=request_from("203.0.113.9"))
    assert not passes("x", rate="1/m", request=request_from("::ffff:203.0.113.9"))


def test_a_view_can_be_limited_for_some_methods_only() -> None:
    @rate_limited("form", "1/m", methods=("POST",))
    def view(request: HttpRequest, word: str) -> HttpResponse:
        return HttpResponse(word)

    assert [view(request_from(), word="a").content for _ in range(3)] == [b"a"] * 3
    assert view(request_from(method="POST"), word="b").content == b"b"
    with pytest.raises(RateLimited):
        view(request_from(method="POST"), word="b")
    assert view.__name__ == "view"


def test_without_the_cache_a_limit_is_open_or_closed_as_its_use_says(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    for _ in range(3):
        limit("upload", rate="1/m")
    with pytest.raises(Unavailable) as refused:
        limit("login", rate="1/m", when_down="closed")
    assert refused.value.status_code == 503


def test_what_is_limited_cannot_be_read_from_the_cache() -> None:
    limit("login:ada@example.com", rate="1/m")
    client = cache._cache.get_client(None)
    names = [name.decode() for name in client.scan_iter(match=cache.make_key("limit:*"))]
    assert len(names) == 1
    assert "ada" not in names[0]
    assert 0 < client.pttl(names[0]) <= 60_000


def test_counts_can_be_forgotten() -> None:
    limit("login", rate="1/h")
    forget_all()
    limit("login", rate="1/h")
