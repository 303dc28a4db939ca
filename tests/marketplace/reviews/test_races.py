"""Many at once: the counters stay what the rows say. The unlocked twin shows that the test can see the race."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Count, Sum

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import delete_review, rate_product
from tests.factories import make_product, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8


@contextmanager
def at_once(jobs: list[Callable[[], object]]) -> Iterator[list[BaseException]]:
    """Each job on a thread and a connection of its own, let go together."""
    barrier, errors = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait(20)
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    yield errors


def shop() -> tuple[Product, list[User]]:
    work = make_product(make_user(creator=True))
    people = [make_user() for _ in range(PEOPLE)]
    for person in people:
        Entitlement.objects.create(user=person, product=work, source="purchase")
    return work, people


def said(work: Product) -> tuple[int, int]:
    rows = Review.objects.filter(product=work).aggregate(sum=Sum("stars"), n=Count("pk"))
    return rows["sum"] or 0, rows["n"]


def counted(work: Product) -> tuple[int, int]:
    work.refresh_from_db()
    return work.rating_sum, work.rating_count


def test_many_rate_change_and_delete_at_once() -> None:
    work, people = shop()
    for person in people[:4]:
        rate_product(work, by=person, stars=5)
    jobs: list[Callable[[], object]] = []
    for index, person in enumerate(people):
        jobs.append(partial(rate_product, work, by=person, stars=1 + index % 5))
    jobs += [partial(delete_review, work, by=person) for person in people[:4]]
    jobs += [partial(rate_product, work, by=person, stars=2) for person in people[:4]]
    with at_once(jobs) as errors:
        assert errors == []
    assert counted(work) == said(work)


def test_one_person_in_two_tabs_has_one_review() -> None:
    work, (ben, *_others) = shop()
    with at_once([lambda: rate_product(work, by=ben, stars=5), lambda: rate_product(work, by=ben, stars=2)] * 3) as errors:
        assert errors == []
    assert counted(work) == said(work)
    assert Review.objects.filter(author=ben).count() == 1


def test_the_same_without_the_lock_goes_wrong() -> None:
    """Reading the average first and writing it back, as one would without thinking of others."""
    work, people = shop()
    read = threading.Barrier(PEOPLE)

    def rate_unlocked(person: User) -> None:
        with transaction.atomic():
            product = Product.objects.get(pk=work.pk)
            read.wait(20)
            Review.objects.create(product=product, author=person, stars=4)
            Product.objects.filter(pk=work.pk).update(rating_sum=product.rating_sum + 4, rating_count=product.rating_count + 1)

    with at_once([partial(rate_unlocked, person) for person in people]) as errors:
        assert errors == []
    assert counted(work) != said(work)
