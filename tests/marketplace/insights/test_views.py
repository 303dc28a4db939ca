"""Counting who looks, without keeping who (R84)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from marketplace.insights.models import ProductDay, WrittenBatch
from marketplace.insights.selectors import views_by_day, views_by_product
from marketplace.insights.services import views
from marketplace.insights.services.views import flush_views, record_view
from marketplace.insights.visitors import is_bot
from marketplace.models import Product
from tests.factories import make_product, make_user

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def look(
    product: Product, *, user: Any = None, address: str = "192.0.2.1", agent: str = FIREFOX, method: str = "GET", **headers: str
) -> bool:
    request = RequestFactory().generic(method, "/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent, headers=headers)
    request.user = user or AnonymousUser()
    return record_view(request, product)


@pytest.mark.django_db
def test_a_visitor_counts_once_an_hour_per_product(ada: User) -> None:
    first, second = make_product(ada), make_product(ada)
    assert look(first)
    assert not look(first)
    assert look(second)
    assert look(first, address="192.0.2.2")
    assert look(first, agent=FIREFOX.replace("140", "141"))
    assert flush_views() == 4
    today = timezone.now().date()
    assert views_by_day([first, second], today) == {today: 4}
    assert views_by_product([first.pk, second.pk], today) == {first.pk: 3, second.pk: 1}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "agent",
    [
        "",
        "curl/8.5",
        "python-requests/2.32",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Wget/1.21",
        "Slackbot-LinkExpanding 1.0",
    ],
)
def test_programs_do_not_count(ada: User, agent: str) -> None:
    assert not look(make_product(ada), agent=agent)
    assert flush_views() == 0


def test_browsers_are_no_programs() -> None:
    assert not is_bot(FIREFOX)
    assert not is_bot(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1"
    )
    assert not is_bot("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36")


@pytest.mark.django_db
def test_prefetching_and_head_do_not_count(ada: User) -> None:
    product = make_product(ada)
    assert not look(product, method="HEAD")
    assert not look(product, **{"Sec-Purpose": "prefetch;prerender"})


@pytest.mark.django_db
def test_the_creator_and_staff_do_not_count_and_a_buyer_does(ada: User, mo: User, ben: User) -> None:
    product = make_product(ada)
    assert not look(product, user=ada)
    assert not look(product, user=mo)
    assert look(product, user=ben)
    assert not look(product, user=ben, address="198.51.100.7"), "a person is the same from another place"


@pytest.mark.django_db
def test_nothing_personal_lies_in_the_cache(ada: User) -> None:
    look(make_product(ada), address="192.0.2.99")
    client = views._client()
    held = b" ".join(client.scan_iter(match="*views:*"))
    assert held
    assert b"192.0.2" not in held
    assert b"Firefox" not in held
    for key in client.scan_iter(match=cache.make_key("views:seen:*")):
        assert 0 < client.ttl(key) <= 3600


@pytest.mark.django_db
def test_a_batch_that_was_written_is_not_written_again(ada: User) -> None:
    """The process dies between the commit and the forgetting of the batch."""
    product = make_product(ada)
    look(product)
    client = views._client()
    name = "11111111-1111-1111-1111-111111111111"
    client.rename(cache.make_key("views:counts"), cache.make_key(f"views:batch:{name}"))
    client.sadd(cache.make_key("views:batches"), name)
    WrittenBatch.objects.create(id=name)
    ProductDay.objects.create(product=product, day=timezone.now().date(), views=1)
    assert flush_views() == 0
    assert ProductDay.objects.get().views == 1
    assert client.scard(cache.make_key("views:batches")) == 0


@pytest.mark.django_db
def test_a_batch_that_was_taken_and_not_written_is_written_later(ada: User) -> None:
    product = make_product(ada)
    look(product)
    client = views._client()
    name = "22222222-2222-2222-2222-222222222222"
    client.rename(cache.make_key("views:counts"), cache.make_key(f"views:batch:{name}"))
    client.sadd(cache.make_key("views:batches"), name)
    assert flush_views() == 1
    assert ProductDay.objects.get().views == 1


@pytest.mark.django_db
def test_views_of_a_deleted_product_are_dropped_and_the_others_kept(ada: User) -> None:
    gone, kept = make_product(ada), make_product(ada)
    look(gone)
    look(kept)
    Product.objects.filter(pk=gone.pk).delete()
    flush_views()
    assert list(ProductDay.objects.values_list("product", "views")) == [(kept.pk, 1)]


@pytest.mark.django_db
def test_names_of_old_batches_are_forgotten(ada: User) -> None:
    old = WrittenBatch.objects.create()
    WrittenBatch.objects.filter(pk=old.pk).update(written_at=timezone.now() - timedelta(days=31))
    flush_views()
    assert not WrittenBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_flushing_at_once_while_people_look_counts_each_view_once() -> None:
    products = [make_product(make_user(creator=True)) for _ in range(3)]
    errors: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    def look_around(start: int) -> None:
        for n in range(start, start + 40):
            look(products[n % 3], address=f"198.51.100.{n}")

    def flush_often() -> None:
        for _ in range(8):
            flush_views()

    threads = [threading.Thread(target=run, args=(lambda start=start: look_around(start),)) for start in (0, 40, 80)]
    threads += [threading.Thread(target=run, args=(flush_often,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    flush_views()
    assert errors == []
    assert sum(views_by_day(products, timezone.now().date()).values()) == 120
