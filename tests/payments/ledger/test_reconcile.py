from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from payments.ledger import reconcile
from payments.ledger.models import Account, Entry, Transaction
from payments.ledger.reconcile import Finding, register_check
from payments.ledger.services import AccountKey, Posting, post
from payments.models import Payment, PaymentLine, Refund
from payments.services.refunds import refund_lines
from tests.payments.sales import sell, share_line, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(ada: User, ben: User) -> Payment:
    """A sale of two lines, a fifth of the first refunded."""
    line = share_line(ada, 1900)
    payment = sell(ben, line, share_line(ada, 700))
    refund_lines(payment, amounts={line.reference: 380}, key="r", reason="", by=None)
    return payment


def report() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("reconcile_ledger", stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def behind_the_triggers_back(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_books_in_order_are_reported_so(sold: Payment) -> None:
    code, text = report()

    assert code == 0, text
    assert "WRONG" not in text
    assert "ok     every payment that succeeded is posted once, with its shares" in text


def post_from_nowhere() -> None:
    sides = [
        Posting(account=AccountKey("platform", "EUR"), amount_minor=100),
        Posting(account=AccountKey("gateway", "EUR", gateway="sandbox"), amount_minor=-100),
    ]
    post(kind="sale", cause="payment:nobody", occurred_at=timezone.now(), description="", entries=sides)


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "an entry that was lost": (
        lambda: behind_the_triggers_back("DELETE FROM ledger_entry WHERE id = (SELECT min(id) FROM ledger_entry)"),
        "is off by 2600 EUR",
    ),
    "an entry that was changed": (
        lambda: behind_the_triggers_back(
            "UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE id = (SELECT max(id) FROM ledger_entry)"
        ),
        "is off by 1 EUR",
    ),
    "a posting that was lost whole": (
        lambda: behind_the_triggers_back("DELETE FROM ledger_entry; DELETE FROM ledger_transaction"),
        "due 1330 EUR, posted 0",
    ),
    "a posting without a payment": (post_from_nowhere, "payment:nobody: platform: due 0 EUR, posted 100"),
    "a payment that succeeded without a posting": (
        lambda: Payment.objects.filter(pk=start_one().pk).update(state="succeeded", settled_at=timezone.now()),
        "due 700 EUR, posted 0",
    ),
    "shares that were changed after the sale": (
        lambda: PaymentLine.objects.filter(amount_minor=1900).update(
            payee_minor=F("payee_minor") + 1, platform_minor=F("platform_minor") - 1
        ),
        "due 1331 EUR, posted 1330",
    ),
    "a line that was added after the sale": (
        lambda: PaymentLine.objects.create(
            payment=Payment.objects.get(),
            reference="x",
            payee=User.objects.get(username="ada"),
            amount_minor=1,
            fee_bps=0,
            payee_minor=1,
            platform_minor=0,
        ),
        "amount 2600, but its lines make 2601",
    ),
    "a refund that counts twice": (
        lambda: PaymentLine.objects.filter(amount_minor=1900).update(refunded_minor=760),
        "counts 760 as refunded, refunds make 380",
    ),
    "a refund that succeeded without a posting": (
        lambda: behind_the_triggers_back(
            "DELETE FROM ledger_entry WHERE transaction_id IN (SELECT id FROM ledger_transaction WHERE kind = 'refund');"
            "DELETE FROM ledger_transaction WHERE kind = 'refund'"
        ),
        "due -266 EUR, posted 0",
    ),
    "a posting of a refund that failed": (lambda: Refund.objects.update(state="failed"), "due 0 EUR, posted -266"),
    "a fee without a posting": (lambda: Payment.objects.update(gateway_fee_minor=77), "due -77 EUR, posted -39"),
    "a payment that is open for too long": (
        lambda: Payment.objects.filter(pk=start_one().pk).update(created_at=timezone.now() - timedelta(days=4)),
        "open since",
    ),
    "a payment that needs a person": (lambda: Payment.objects.update(attention="odd"), "needs a person: odd"),
}


def start_one() -> Payment:
    return start(User.objects.get(username="ben"), share_line(User.objects.get(username="ada"), 1000))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_planted_fault_is_found_and_named(sold: Payment, fault: str) -> None:
    plant, expected = FAULTS[fault]
    plant()

    code, text = report()

    assert code == 1
    assert "WRONG" in text
    assert expected in text, text


def test_higher_storeys_bring_their_own_checks(sold: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_checks", dict(reconcile._checks))
    register_check("whoever has it paid for it", lambda: [Finding(subject="entitlement 7", message="nobody paid")])

    code, text = report()

    assert code == 1
    assert "WRONG  whoever has it paid for it" in text
    assert "entitlement 7: nobody paid" in text


def test_a_long_list_is_cut(sold: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_checks", {"many": lambda: (Finding(subject=str(n), message="wrong") for n in range(10**9))})

    _code, text = report()

    assert "the first 100 of more" in text


def test_what_is_counted_is_what_is_there(sold: Payment, ada: User) -> None:
    assert sum(Entry.objects.filter(account__owner=ada).values_list("amount_minor", flat=True)) == 1330 + 490 - 266
    assert Account.objects.filter(kind="creator").count() == 1
    assert Transaction.objects.count() == 3
