"""What a paid order gives, exactly once; and what happens to money that comes for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace import fulfilment as kinds
from marketplace.models import Product
from marketplace.orders import errors
from marketplace.orders.models import CartItem, Entitlement, Order
from marketplace.orders.services.carts import add_to_cart
from marketplace.orders.services.fulfilment import fulfil_order, grant_product, revoke_entitlement, take_free_product
from marketplace.orders.services.ordering import cancel_order
from marketplace.orders.services.paying import pay_order, settle_order
from marketplace.orders.tasks import expire_overdue
from payments.errors import GatewayDown, GatewayUnreachable
from payments.gateway import replaced_gateway
from payments.gateways.models import SandboxCheckout
from payments.gateways.sandbox import SandboxGateway
from payments.gateways.services.sandbox_checkouts import Outcome, choose_outcome
from payments.ledger.models import Entry
from payments.models import Payment, Refund
from payments.services.settle import settle_payment
from tests.factories import make_product
from tests.marketplace.orders.shop import buy, holds, order, pay_at_the_bank, start_paying
from tests.payments.faulty_gateway import FaultyGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


def test_a_paid_order_gives_access_counts_a_sale_and_splits_the_money(ada: User, ben: User, book: Product) -> None:  # R98-R100, R114, R223
    placed = buy(ben, book)
    line = placed.lines.get()
    assert placed.state == "paid"
    assert placed.payment is not None
    assert placed.payment.reference == placed.number
    assert line.sold_at is not None
    entitlement = Entitlement.objects.get()
    assert (entitlement.user, entitlement.product, entitlement.line, entitlement.source) == (ben, book, line, "purchase")
    book.refresh_from_db()
    assert book.sales_count == 1
    credited = Entry.objects.filter(account__owner=ada).get()
    assert (credited.amount_minor, credited.reference) == (1330, str(line.pk))


def test_handing_over_twice_is_handing_over_once(ben: User, book: Product) -> None:
    placed = buy(ben, book)
    fulfil_order(placed.pk)
    assert settle_order(placed).state == "paid"
    deliver_all()
    book.refresh_from_db()
    assert Entitlement.objects.count() == 1
    assert book.sales_count == 1
    assert len(mail.outbox) == 1


def test_nothing_is_handed_over_without_money(ben: User, book: Product) -> None:
    placed = order(ben, book)
    start_paying(placed)
    with pytest.raises(errors.NotPaid):
        fulfil_order(placed.pk)
    placed.refresh_from_db()
    assert placed.state == "open"
    assert not Entitlement.objects.exists()


def test_the_return_page_does_not_wait_for_the_webhook(ben: User, book: Product) -> None:
    placed = order(ben, book)
    pay_at_the_bank(start_paying(placed))
    assert settle_order(placed).state == "paid"
    assert holds(ben, book) == 1


def test_what_was_bought_leaves_the_cart(ben: User, book: Product) -> None:
    add_to_cart(book, user=ben)
    buy(ben, book)
    assert not CartItem.objects.exists()


def test_a_kind_with_a_fulfiller_is_told_once(ben: User, book: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int]] = []

    class Shelf:
        def grant(self, user: User, product: Product, entitlement_id: object) -> None:
            told.append(("grant", user.pk, product.pk))

        def revoke(self, user: User, product: Product, entitlement_id: object) -> None:
            told.append(("revoke", user.pk, product.pk))

    monkeypatch.setitem(kinds.FULFILLERS, "ebook", Shelf())
    buy(ben, book)
    revoke_entitlement(Entitlement.objects.get(), because="A mistake.", by=None)
    assert told == [("grant", ben.pk, book.pk), ("revoke", ben.pk, book.pk)]
    Entitlement.objects.update(source="gift")  # taken back without sending money back: no longer a purchase


class TestLateMoney:
    """Money that was taken beats a clock; what cannot be handed over goes back."""

    def test_an_expired_order_that_was_paid_after_all_is_handed_over(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = start_paying(placed)
        Order.objects.filter(pk=placed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        pay_at_the_bank(payment)
        expire_overdue()
        placed.refresh_from_db()
        assert placed.state == "expired"
        deliver_all()  # ends the attempt, and finds it paid
        placed.refresh_from_db()
        assert (placed.state, placed.closed_at) == ("paid", None)
        assert holds(ben, book) == 1

    def test_dropping_an_order_ends_the_attempt_to_pay_it(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = start_paying(placed)
        cancel_order(placed)
        deliver_all()
        payment.refresh_from_db()
        assert payment.state == "cancelled"

    def test_what_was_got_meanwhile_is_paid_back(self, ben: User, book: Product, ada: User) -> None:
        other = make_product(ada, price_minor=500)
        placed = order(ben, book, other)
        payment = pay_at_the_bank(start_paying(placed))
        grant_product(book, to=ben, source=Entitlement.Source.GIFT)
        settle_payment(payment.pk)
        deliver_all()
        placed.refresh_from_db()
        kept, given = placed.lines.get(product=book), placed.lines.get(product=other)
        assert (kept.withheld, kept.refunded_minor) == ("owned", 1900)
        assert (given.withheld, given.refunded_minor) == ("", 0)
        assert placed.state == "paid"
        assert holds(ben, book) == 1
        assert holds(ben, other) == 1
        assert Refund.objects.get().amount_minor == 1900

    def test_a_gift_is_not_taken_away_with_the_money_for_it(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = pay_at_the_bank(start_paying(placed))
        gift = grant_product(book, to=ben, source=Entitlement.Source.GIFT)
        settle_payment(payment.pk)
        deliver_all()
        placed.refresh_from_db()
        gift.refresh_from_db()
        assert placed.state == "refunded"
        assert gift.is_active
        book.refresh_from_db()
        assert book.sales_count == 0

    def test_what_was_taken_down_meanwhile_is_paid_back(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = pay_at_the_bank(start_paying(placed))
        Product.objects.filter(pk=book.pk).update(state="removed")
        settle_payment(payment.pk)
        deliver_all()
        placed.refresh_from_db()
        assert placed.lines.get().withheld == "removed"
        assert placed.state == "refunded"
        assert holds(ben, book) == 0

    def test_what_was_archived_meanwhile_is_handed_over(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = pay_at_the_bank(start_paying(placed))
        Product.objects.filter(pk=book.pk).update(state="archived")
        settle_payment(payment.pk)
        deliver_all()
        assert holds(ben, book) == 1

    def test_a_closed_account_gets_its_money_back(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        payment = pay_at_the_bank(start_paying(placed))
        User.objects.filter(pk=ben.pk).update(is_active=False, closed_at=timezone.now())
        settle_payment(payment.pk)
        deliver_all()
        placed.refresh_from_db()
        assert placed.lines.get().withheld == "closed"
        assert placed.state == "refunded"


class TestPaying:
    def test_two_tabs_with_one_order_share_one_attempt(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        assert start_paying(placed).pk == start_paying(placed).pk
        assert Payment.objects.count() == 1

    def test_paying_looks_again_at_what_stands_in_the_way(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        Product.objects.filter(pk=book.pk).update(state="archived")
        with pytest.raises(errors.CannotBuy, match="“A quiet book” cannot be bought any more"):
            start_paying(placed)
        assert not Payment.objects.exists()

    def test_an_order_whose_day_is_over_cannot_be_paid(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        Order.objects.filter(pk=placed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        with pytest.raises(errors.OrderNotOpen, match="waited for a day"):
            start_paying(placed)
        assert not Payment.objects.exists()

    def test_a_price_change_does_not_change_an_order_that_was_placed(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        Product.objects.filter(pk=book.pk).update(price_minor=9900)
        assert start_paying(placed).amount_minor == 1900

    def test_paying_one_order_closes_others_that_hold_the_same(self, ada: User, ben: User, book: Product) -> None:
        alone = order(ben, book)
        first = start_paying(alone)
        both = order(ben, book, make_product(ada))
        second = start_paying(both)
        alone.refresh_from_db()
        first.refresh_from_db()
        assert alone.state == "cancelled"
        assert first.state == "cancelled"
        assert second.is_open
        with pytest.raises(errors.OrderNotOpen, match="replaced by a newer one"):
            start_paying(alone)

    def test_another_order_that_was_just_paid_is_found_before_paying_twice(self, ada: User, ben: User, book: Product) -> None:
        alone = order(ben, book)
        pay_at_the_bank(start_paying(alone))  # nobody has heard of it yet
        both = order(ben, book, make_product(ada))
        with pytest.raises(errors.OrderNotOpen, match=f"You have just paid for this in order {alone.number}"):
            start_paying(both)
        alone.refresh_from_db()
        assert alone.state == "paid"
        assert Payment.objects.filter(state="succeeded").count() == 1

    def test_a_gateway_that_is_away_stops_paying_for_now_and_not_for_good(self, ada: User, ben: User, book: Product) -> None:
        alone = order(ben, book)
        rival = start_paying(alone)
        both = order(ben, book, make_product(ada, price_minor=500))
        gateway = FaultyGateway(SandboxGateway())
        gateway.before["close_checkout"] = [GatewayUnreachable("no answer")]
        with replaced_gateway(gateway):
            with pytest.raises(GatewayDown):
                start_paying(both)
            assert start_paying(both).is_open
        deliver_all()
        rival.refresh_from_db()
        assert rival.state == "cancelled"
        assert Payment.objects.open().count() == 1

    def test_a_bank_that_is_still_checking_stops_a_second_payment(self, ada: User, ben: User, book: Product) -> None:
        alone = order(ben, book)
        checkout = SandboxCheckout.objects.get(pk=start_paying(alone).gateway_id)
        choose_outcome(checkout, outcome=Outcome.LATE, webhooks="never")
        with pytest.raises(errors.PaymentUnderWay):
            start_paying(order(ben, book, make_product(ada)))
        assert Payment.objects.count() == 1

    def test_what_stands_on_the_receipt_is_kept(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        pay_order(placed, by=ben, billing_name="Ben Buyer Ltd", billing_country="IE")
        placed.refresh_from_db()
        assert (placed.billing_name, placed.billing_country) == ("Ben Buyer Ltd", "IE")


class TestFree:  # R222
    def test_a_free_work_is_there_at_once(self, ada: User, ben: User) -> None:
        gift = make_product(ada, pricing="free")
        entitlement = take_free_product(gift, by=ben)
        assert (entitlement.source, entitlement.line) == ("free", None)
        assert take_free_product(gift, by=ben).pk == entitlement.pk
        assert not Order.objects.exists()

    def test_what_has_a_price_is_not_free(self, ben: User, book: Product) -> None:
        with pytest.raises(errors.NotFree):
            take_free_product(book, by=ben)
        assert not Entitlement.objects.exists()

    def test_a_minimum_above_zero_is_a_price(self, ada: User, ben: User) -> None:
        with pytest.raises(errors.NotFree):
            take_free_product(make_product(ada, pricing="pwyw", price_minor=100), by=ben)

    def test_a_free_work_that_is_archived_cannot_be_taken(self, ada: User, ben: User) -> None:
        with pytest.raises(errors.CannotBuy, match="no longer sold"):
            take_free_product(make_product(ada, pricing="free", state="archived"), by=ben)
        assert not Entitlement.objects.exists()


class TestGiving:
    def test_a_gift_is_told_by_mail(self, ben: User, mo: User, book: Product) -> None:
        given = grant_product(book, to=ben, source=Entitlement.Source.GIFT, by=mo, note="For your help.")
        deliver_all()
        assert (given.granted_by, given.note) == (mo, "For your help.")
        assert [message.to for message in mail.outbox] == [["ben@example.com"]]
        assert "For your help." in mail.outbox[0].body

    def test_nobody_is_given_what_they_have(self, ben: User, book: Product) -> None:
        buy(ben, book)
        with pytest.raises(errors.AlreadyHas):
            grant_product(book, to=ben, source=Entitlement.Source.GIFT)
        assert Entitlement.objects.count() == 1

    def test_access_is_taken_away_once_and_the_row_stays(self, ben: User, mo: User, book: Product) -> None:
        given = grant_product(book, to=ben, source=Entitlement.Source.GIFT)
        revoked = revoke_entitlement(given, because="Given by mistake.", by=mo)
        assert (revoked.revoked_by, revoked.revoked_because) == (mo, "Given by mistake.")
        with pytest.raises(errors.AlreadyRevoked):
            revoke_entitlement(given, because="Again.", by=mo)
        assert holds(ben, book) == 0
        buy(ben, book)
        assert holds(ben, book) == 1
