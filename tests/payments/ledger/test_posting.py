from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from payments.ledger.errors import ConflictingPosting, Unbalanced
from payments.ledger.models import Account, Entry, Transaction
from payments.ledger.services import AccountKey, Posting, post, posting
from tests.threads import at_once

WHEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SITE = AccountKey("platform", "EUR")
BANK = AccountKey("gateway", "EUR", gateway="sandbox")


def post_sale(cause: str = "payment:1", amount: int = 570, **extra: Any) -> Transaction:
    sides = [Posting(account=BANK, amount_minor=-amount), Posting(account=SITE, amount_minor=amount)]
    return post(**{"kind": "sale", "cause": cause, "occurred_at": WHEN, "description": "A work", "entries": sides, **extra})


def total(**filters: Any) -> int:
    return sum(Entry.objects.filter(**filters).values_list("amount_minor", flat=True))


@pytest.mark.django_db
def test_a_transaction_is_written_with_its_entries_and_accounts() -> None:
    written = post_sale()

    assert [(e.account.kind, e.amount_minor, e.available_at) for e in written.entries.order_by("amount_minor")] == [
        ("gateway", -570, WHEN),
        ("platform", 570, WHEN),
    ]
    assert written.entry_count == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sides",
    [
        [Posting(account=BANK, amount_minor=-570), Posting(account=SITE, amount_minor=569)],
        [Posting(account=BANK, amount_minor=-570), Posting(account=AccountKey("platform", "USD"), amount_minor=570)],
        [Posting(account=BANK, amount_minor=0), Posting(account=SITE, amount_minor=0)],
        [Posting(account=BANK, amount_minor=570)],
        [],
    ],
    ids=["off by one", "across currencies", "nothing moves", "one side", "no side"],
)
def test_what_does_not_balance_is_refused_and_nothing_is_written(sides: list[Posting]) -> None:
    with pytest.raises(Unbalanced):
        post_sale(entries=sides)

    assert not Transaction.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_a_cause_posts_once() -> None:
    first = post_sale()

    assert post_sale() == first
    assert Entry.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"amount": 571},
        {"kind": "fee"},
        {"entries": [Posting(account=BANK, amount_minor=-570), Posting(account=SITE, amount_minor=570, reference="another line")]},
    ],
    ids=["amount", "kind", "reference"],
)
def test_a_cause_with_other_entries_is_refused(change: dict[str, Any]) -> None:
    post_sale()

    with pytest.raises(ConflictingPosting):
        post_sale(**change)

    assert total(account__kind="platform") == 570


@pytest.mark.django_db(transaction=True)
def test_thirty_two_at_once_with_one_cause_post_once() -> None:
    results = at_once(*[post_sale] * 32)

    assert {getattr(result, "pk", result) for result in results} == {Transaction.objects.get().pk}
    assert Entry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_cause_as_lock_the_same_race_posts_more_than_once_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin: look first, write then. It proves that the race above is one."""

    def look_then_write(**fields: Any) -> int | None:
        if Transaction.objects.filter(cause=fields["cause"]).exists():
            return None
        connection.cursor().execute("SELECT pg_sleep(0.05)")
        return Transaction.objects.create(**fields).pk

    monkeypatch.setattr(posting, "_insert_once", look_then_write)

    results = at_once(*[post_sale] * 16)

    assert any(isinstance(result, IntegrityError) for result in results)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_that_need_the_same_new_accounts_do_not_lock_each_other_up(ada: User) -> None:
    creator = AccountKey("creator", "EUR", owner_id=ada.pk)

    def sale(number: int) -> Transaction:
        sides = [
            Posting(account=BANK, amount_minor=-100),
            *[Posting(account=key, amount_minor=50) for key in ([SITE, creator] if number % 2 else [creator, SITE])],
        ]
        return post_sale(cause=f"payment:{number}", entries=sides)

    results = at_once(*[lambda number=number: sale(number) for number in range(24)])

    assert all(isinstance(result, Transaction) for result in results), results
    assert Account.objects.count() == 3
    assert total(account__owner=ada) == 1200


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_a_transaction_that_does_not_balance() -> None:
    def write_behind_the_services_back() -> None:
        with transaction.atomic():
            account = Account.objects.create(kind="platform", currency="EUR")
            written = Transaction.objects.create(kind="sale", cause="x", occurred_at=WHEN, entry_count=2)
            for amount in (100, -99):
                Entry.objects.create(transaction=written, account=account, amount_minor=amount, occurred_at=WHEN, available_at=WHEN)

    with pytest.raises(IntegrityError, match="does not sum to zero: EUR 1"):
        write_behind_the_services_back()

    assert not Transaction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_transaction_whose_currencies_only_balance_together() -> None:
    def euros_for_dollars() -> None:
        with transaction.atomic():
            written = Transaction.objects.create(kind="sale", cause="x", occurred_at=WHEN, entry_count=2)
            for amount, currency in ((100, "EUR"), (-100, "USD")):
                account = Account.objects.create(kind="platform", currency=currency)
                Entry.objects.create(transaction=written, account=account, amount_minor=amount, occurred_at=WHEN, available_at=WHEN)

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        euros_for_dollars()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_without_entries_is_refused_at_commit() -> None:
    with pytest.raises(IntegrityError, match="sealed with 2 entries but has 0"):
        Transaction.objects.create(kind="sale", cause="x", occurred_at=WHEN, entry_count=2)


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_added_to_a_transaction_later_not_even_a_balanced_pair() -> None:
    written = post_sale()
    bank, site = written.entries.order_by("amount_minor")

    def add_a_pair() -> None:
        with transaction.atomic():
            for entry in (bank, site):
                entry.pk = None
                entry.save(force_insert=True)

    with pytest.raises(IntegrityError, match="sealed with 2 entries but has 4"):
        add_a_pair()

    assert Entry.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Account, Transaction, Entry])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_is_written_can_neither_be_changed_nor_deleted(model: type, change: str) -> None:
    post_sale()
    table = model._meta.db_table
    statement = f"UPDATE {table} SET id = id" if change == "update" else f"DELETE FROM {table}"

    with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert (Account.objects.count(), Transaction.objects.count(), Entry.objects.count()) == (2, 1, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["ledger_account", "ledger_transaction", "ledger_entry"])
def test_the_books_cannot_be_emptied_by_a_session_that_does_not_say_it_may(table: str) -> None:
    empty = f"SET LOCAL atelier.ledger_may_be_emptied = ''; TRUNCATE {table} CASCADE"

    with pytest.raises(DatabaseError, match="append-only: TRUNCATE refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(empty)
