"""Files reach those who may have them, and nobody else (R38, R50, R116-R123, R246)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.delivery import closures
from marketplace.delivery.models import Download
from marketplace.models import Asset, Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.fulfilment import grant_product, revoke_entitlement
from marketplace.orders.services.refunds import refund_order
from tests.factories import make_product
from tests.marketplace.delivery.shelf import CONTENT, add_file, add_version
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


def address(asset: Asset, slug: str = "") -> str:
    return reverse("download", args=[slug or asset.version.product.slug, asset.pk])


def ask(client: Client, asset: Asset, **query: str) -> Any:
    return client.get(address(asset), query, headers={"User-Agent": "Reader/1.0"}, REMOTE_ADDR="203.0.113.9")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def follow(client: Client, link: str) -> tuple[int, bytes]:
    """Where the redirect leads: to this site's own files, or to S3."""
    if link.startswith("/"):
        answer = Client().get(link)  # without any session: the link alone opens it
        return answer.status_code, body(answer)
    answer = httpx.get(link)
    return answer.status_code, answer.content


def nothing_happened(product: Product) -> bool:
    product.refresh_from_db()
    return not Download.objects.exists() and product.download_count == 0


class TestOnBothStores:
    def test_a_buyer_fetches_the_very_bytes(self, client: Client, ben: User, book: Product, store: str) -> None:
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        answer = ask(client, asset)
        assert answer.status_code == 302
        assert "no-store" in answer["Cache-Control"]
        assert follow(client, answer["Location"]) == (200, CONTENT)

    def test_a_changed_link_opens_nothing(self, client: Client, ben: User, book: Product, store: str) -> None:
        asset, other = add_file(book), add_file(book, "other.pdf", content=b"%PDF-1.7 other")
        buy(ben, book)
        client.force_login(ben)
        link = ask(client, asset)["Location"]
        wrong = link.replace(asset.file.name, other.file.name) if store == "s3" else _flip(link)
        assert wrong != link
        status, content = follow(client, wrong)
        assert status in (403, 404)
        assert CONTENT not in content
        assert b"other" not in content

    def test_a_link_ends_after_a_minute(self, client: Client, ben: User, book: Product, store: str, s3_server: Any) -> None:  # R123
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        link = ask(client, asset)["Location"]
        late = timezone.now() + timedelta(seconds=61)
        if store == "s3":
            s3_server.gate.now, before = (lambda: late), s3_server.gate.now
            try:
                assert follow(client, link)[0] == 403
            finally:
                s3_server.gate.now = before
        else:
            with time_machine.travel(late, tick=False):
                assert follow(client, link)[0] == 410

    def test_a_file_has_no_address_of_its_own(self, client: Client, ben: User, book: Product, store: str) -> None:  # R117
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        if store == "s3":
            bare = ask(client, asset)["Location"].partition("?")[0]
            assert httpx.get(bare).status_code == 403
        else:
            for guess in (f"/media/{asset.file.name}", f"/files/{asset.file.name}", f"/private/{asset.file.name}"):
                assert client.get(guess).status_code == 404


def _flip(link: str) -> str:
    """Another character in the middle of the token."""
    head, token, name = link.rsplit("/", 2)
    middle = len(token) // 2
    return "/".join([head, token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :], name])


@pytest.mark.usefixtures("local_stores")
class TestTheDoor:
    def test_a_visitor_is_asked_to_log_in(self, client: Client, book: Product) -> None:
        asset = add_file(book)
        answer = client.get(address(asset))
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).path == reverse("account_login")
        assert nothing_happened(book)

    def test_a_stranger_finds_nothing(self, client: Client, cleo: User, book: Product) -> None:
        asset = add_file(book)
        client.force_login(cleo)
        assert ask(client, asset).status_code == 404
        assert nothing_happened(book)

    def test_a_guessed_file_or_a_wrong_product_is_nothing(self, client: Client, ben: User, ada: User, book: Product) -> None:
        asset, other = add_file(book), make_product(ada)
        buy(ben, book, other)
        client.force_login(ben)
        assert client.get(address(asset, other.slug)).status_code == 404
        assert client.get(reverse("download", args=[book.slug, uuid.uuid4()])).status_code == 404
        assert nothing_happened(book)

    def test_a_refunded_buyer_gets_nothing_and_reads_why(self, client: Client, ben: User, mo: User, book: Product) -> None:
        asset = add_file(book)
        refund_order(buy(ben, book), by=mo, reason="Not what it said.")
        deliver_all()
        client.force_login(ben)
        answer = ask(client, asset)
        assert answer.status_code == 403
        assert b"The money was sent back." in answer.content
        assert nothing_happened(book)

    def test_whoever_lost_access_reads_why(self, client: Client, ben: User, mo: User, book: Product) -> None:
        asset = add_file(book)
        revoke_entitlement(grant_product(book, to=ben, source=Entitlement.Source.GIFT), because="Given by mistake.", by=mo)
        client.force_login(ben)
        assert b"Given by mistake." in ask(client, asset).content
        assert nothing_happened(book)

    def test_a_suspended_buyer_is_nobody(self, client: Client, ben: User, book: Product) -> None:
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        User.objects.filter(pk=ben.pk).update(is_active=False, suspended_at=timezone.now())
        answer = client.get(address(asset))
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).path == reverse("account_login")
        assert nothing_happened(book)

    def test_a_draft_is_not_for_buyers_but_for_its_creator(self, client: Client, ada: User, ben: User, book: Product) -> None:
        asset = add_file(book, version=add_version(book, "2.0.0", state="draft"))
        buy(ben, book)
        client.force_login(ben)
        assert ask(client, asset).status_code == 404
        client.force_login(ada)
        assert ask(client, asset).status_code == 302
        book.refresh_from_db()
        assert book.download_count == 0

    def test_older_and_newer_versions_are_both_within_reach(self, client: Client, ben: User, book: Product) -> None:  # R49
        old = add_file(book)
        buy(ben, book)
        new = add_file(book, version=add_version(book, "2.0.0"))
        client.force_login(ben)
        assert [ask(client, asset).status_code for asset in (old, new)] == [302, 302]

    @pytest.mark.parametrize("state", ["archived", "removed"])
    def test_buyers_keep_what_is_no_longer_sold(self, client: Client, ben: User, book: Product, state: str) -> None:
        asset = add_file(book)
        buy(ben, book)
        Product.objects.filter(pk=book.pk).update(state=state)
        client.force_login(ben)
        assert ask(client, asset).status_code == 302

    def test_what_the_law_forbids_is_handed_to_nobody(
        self, client: Client, ben: User, book: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(closures, "_closures", [lambda product: "A court forbids it."])
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        assert ask(client, asset).status_code == 302  # on sale: nobody is asked
        Product.objects.filter(pk=book.pk).update(state="removed")
        answer = ask(client, asset)
        assert answer.status_code == 451
        assert b"A court forbids it." in answer.content

    def test_staff_say_why_they_look(self, client: Client, mo: User, book: Product) -> None:
        asset = add_file(book)
        client.force_login(mo)
        assert ask(client, asset).status_code == 403
        assert nothing_happened(book)
        assert ask(client, asset, reason="A buyer says it is broken").status_code == 302
        logged = Download.objects.get()
        assert (logged.user, logged.reason, logged.entitlement) == (mo, "A buyer says it is broken", None)
        book.refresh_from_db()
        assert book.download_count == 0

    def test_only_getting_gets_a_file(self, client: Client, ben: User, book: Product) -> None:
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        assert client.post(address(asset)).status_code == 405
        assert nothing_happened(book)

    def test_fetching_too_often_has_to_wait(self, client: Client, ben: User, book: Product) -> None:
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        answers = [ask(client, asset).status_code for _ in range(61)]
        assert answers == [302] * 60 + [429]
        assert Download.objects.count() == 60


@pytest.mark.usefixtures("local_stores")
class TestTheLog:
    def test_each_download_is_written_down(self, client: Client, ben: User, book: Product) -> None:  # R50, R85
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        ask(client, asset)
        logged = Download.objects.get()
        held = Entitlement.objects.get()
        assert (logged.user, logged.product, logged.version, logged.asset) == (ben, book, asset.version, asset)
        assert (logged.entitlement, logged.file_name, logged.size_bytes) == (held, "Größe & Maß.pdf", len(CONTENT))
        assert (logged.ip, logged.user_agent) == ("203.0.113.9", "Reader/1.0")
        assert held.last_opened_at is not None

    def test_people_and_versions_are_counted_not_clicks(self, client: Client, ben: User, cleo: User, book: Product) -> None:
        first, second = add_file(book), add_file(book, "second.pdf")
        for person in (ben, cleo):
            grant_product(book, to=person, source=Entitlement.Source.GIFT)
            client.force_login(person)
            for asset in (first, second, first):
                ask(client, asset)
        book.refresh_from_db()
        assert book.download_count == 2
        newer = add_file(book, version=add_version(book, "2.0.0"))
        ask(client, newer)
        book.refresh_from_db()
        assert book.download_count == 3
        assert Download.objects.count() == 7

    def test_the_log_outlives_the_file(self, client: Client, ben: User, book: Product) -> None:
        asset = add_file(book)
        buy(ben, book)
        client.force_login(ben)
        ask(client, asset)
        asset.delete()
        assert Download.objects.get().file_name == "Größe & Maß.pdf"
