"""Fetching a file while the access to it ends, and fetching it twice at once."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from marketplace.delivery.access import get_file
from marketplace.delivery.errors import AccessEnded
from marketplace.delivery.models import Download
from marketplace.delivery.services import downloads
from marketplace.delivery.services.downloads import hand_out
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.fulfilment import grant_product, revoke_entitlement
from tests.marketplace.delivery.shelf import add_file
from tests.threads import EXPECTED, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("local_stores")]


@pytest.fixture
def fetch(ben: User, book: Product) -> Any:
    asset = add_file(book)
    grant_product(book, to=ben, source=Entitlement.Source.GIFT)
    return partial(hand_out, get_file(ben, book.slug, asset.pk), to=ben, ip="203.0.113.9", user_agent="")


def hold(monkeypatch: pytest.MonkeyPatch, name: str, many: int) -> None:
    """Whoever has called the function waits until `many` have, or for a second."""
    real, barrier = getattr(downloads, name), threading.Barrier(many)

    def waits(*args: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return real(*args)

    monkeypatch.setattr(downloads, name, waits)


def test_access_that_has_just_ended_opens_nothing(book: Product, fetch: Any) -> None:
    revoke_entitlement(Entitlement.objects.get(), because="Just now.", by=None)
    with pytest.raises(AccessEnded, match="Just now"):
        fetch()
    assert not Download.objects.exists()


def test_a_person_who_fetches_twice_at_once_counts_once(book: Product, fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, "_count", 2)
    results = at_once(fetch, fetch)
    assert not [result for result in results if isinstance(result, Exception)]
    book.refresh_from_db()
    assert (book.download_count, Download.objects.count()) == (1, 2)


def test_without_the_lock_she_would_count_twice(book: Product, fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entitlement.objects, "select_for_update", lambda **_kwargs: Entitlement.objects.all(), raising=False)
    real, barrier = Download.objects.filter, threading.Barrier(2)

    def looks(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)

        class Looked:
            def exists(self) -> bool:
                answer = found.exists()
                with contextlib.suppress(threading.BrokenBarrierError):
                    barrier.wait(timeout=EXPECTED)
                return bool(answer)

        return Looked()

    monkeypatch.setattr(Download.objects, "filter", looks, raising=False)
    at_once(fetch, fetch)
    book.refresh_from_db()
    assert book.download_count == 2
