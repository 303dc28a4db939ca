"""What must be true of payments, refunds and the books, and of the books alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from payments.ledger.reconcile import MOST_FINDINGS, Check, Finding


def transactions_balance() -> Iterator[Finding]:
    """Zero-sum per transaction and currency, nothing added or lost since it was sealed."""
    sums = """
        SELECT e.transaction_id AS id, a.currency, sum(e.amount_minor) AS off, count(*) AS sides
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY e.transaction_id, a.currency
    """
    for pk, cause, currency, off in _rows(
        f"SELECT s.id, t.cause, s.currency, s.off FROM ({sums}) s JOIN ledger_transaction t ON t.id = s.id WHERE s.off <> 0"  # noqa: S608 - made of constants
    ):
        yield Finding(subject=f"transaction {pk}", message=f"{cause} is off by {off} {currency}")
    for pk, cause, sealed, sides in _rows(
        f"""
        SELECT t.id, t.cause, t.entry_count, coalesce(s.sides, 0) FROM ledger_transaction t
        LEFT JOIN (SELECT id, sum(sides) AS sides FROM ({sums}) x GROUP BY id) s ON s.id = t.id
        WHERE t.entry_count <> coalesce(s.sides, 0)
        """  # noqa: S608 - made of constants
    ):
        yield Finding(subject=f"transaction {pk}", message=f"{cause} was sealed with {sealed} entries and has {sides}")


_ENTRIES = """
    SELECT t.cause, a.kind, a.owner_id, a.gateway, a.currency, e.reference, e.amount_minor AS amount
    FROM ledger_entry e
    JOIN ledger_transaction t ON t.id = e.transaction_id
    JOIN ledger_account a ON a.id = e.account_id
    WHERE t.kind = %s
"""

_EXPECTED_SALES = """
    SELECT 'payment:' || p.id AS cause, 'gateway' AS kind, NULL::bigint AS owner_id, p.gateway, p.currency, '' AS reference,
           -p.amount_minor AS amount
    FROM payments_payment p WHERE p.state = 'succeeded'
    UNION ALL
    SELECT 'payment:' || p.id, 'returns', NULL, '', p.currency, '', p.amount_minor
    FROM payments_payment p WHERE p.state = 'succeeded' AND p.surplus_of_id IS NOT NULL
    UNION ALL
    SELECT 'payment:' || p.id, 'creator', l.payee_id, '', p.currency, l.reference, l.payee_minor
    FROM payments_payment p JOIN payments_paymentline l ON l.payment_id = p.id
    WHERE p.state = 'succeeded' AND p.surplus_of_id IS NULL AND l.payee_minor > 0
    UNION ALL
    SELECT 'payment:' || p.id, 'platform', NULL, '', p.currency, l.reference, l.platform_minor
    FROM payments_payment p JOIN payments_paymentline l ON l.payment_id = p.id
    WHERE p.state = 'succeeded' AND p.surplus_of_id IS NULL AND l.platform_minor > 0
"""

_EXPECTED_FEES = """
    SELECT 'payment:' || p.id || ':fee' AS cause, 'fees' AS kind, NULL::bigint AS owner_id, '' AS gateway, p.currency, '' AS reference,
           -p.gateway_fee_minor AS amount
    FROM payments_payment p WHERE p.state = 'succeeded' AND p.gateway_fee_minor > 0
    UNION ALL
    SELECT 'payment:' || p.id || ':fee', 'gateway', NULL, p.gateway, p.currency, '', p.gateway_fee_minor
    FROM payments_payment p WHERE p.state = 'succeeded' AND p.gateway_fee_minor > 0
"""

# A refund that had succeeded and failed later stays in the books beside its reversal, so what was recorded is known by that.
_RECORDED_REFUNDS = """
    recorded AS (
        SELECT r.id, r.payment_id, r.amount_minor FROM payments_refund r
        WHERE r.state = 'succeeded'
           OR (r.state = 'failed' AND EXISTS (
                SELECT 1 FROM ledger_transaction t WHERE t.cause = 'refund:' || r.id || ':reversal'))
    )
"""

_EXPECTED_REFUNDS = """
    SELECT 'refund:' || r.id AS cause, 'gateway' AS kind, NULL::bigint AS owner_id, p.gateway, p.currency, '' AS reference,
           r.amount_minor AS amount
    FROM recorded r JOIN payments_payment p ON p.id = r.payment_id
    UNION ALL
    SELECT 'refund:' || r.id, 'returns', NULL, '', p.currency, '', -r.amount_minor
    FROM recorded r JOIN payments_payment p ON p.id = r.payment_id WHERE p.surplus_of_id IS NOT NULL
    UNION ALL
    SELECT 'refund:' || r.id, 'creator', l.payee_id, '', p.currency, l.reference, -x.payee_minor
    FROM recorded r JOIN payments_payment p ON p.id = r.payment_id
    JOIN payments_refundline x ON x.refund_id = r.id JOIN payments_paymentline l ON l.id = x.line_id
    WHERE p.surplus_of_id IS NULL AND x.payee_minor > 0
    UNION ALL
    SELECT 'refund:' || r.id, 'platform', NULL, '', p.currency, l.reference, -x.platform_minor
    FROM recorded r JOIN payments_payment p ON p.id = r.payment_id
    JOIN payments_refundline x ON x.refund_id = r.id JOIN payments_paymentline l ON l.id = x.line_id
    WHERE p.surplus_of_id IS NULL AND x.platform_minor > 0
"""


def sales_are_posted() -> Iterator[Finding]:
    yield from _differences("sale", _EXPECTED_SALES)


def fees_are_posted() -> Iterator[Finding]:
    yield from _differences("fee", _EXPECTED_FEES)


def refunds_are_posted() -> Iterator[Finding]:
    yield from _differences("refund", _EXPECTED_REFUNDS, before=_RECORDED_REFUNDS)


def reversals_mirror_refunds() -> Iterator[Finding]:
    """Refund and reversal together leave nothing anywhere."""
    for cause, off in _rows(
        """
        SELECT replace(t.cause, ':reversal', ''), sum(e.amount_minor)
        FROM ledger_transaction t
        JOIN ledger_transaction forth ON forth.cause = replace(t.cause, ':reversal', '')
        JOIN ledger_entry e ON e.transaction_id IN (t.id, forth.id)
        WHERE t.kind = 'adjustment' AND t.cause LIKE 'refund:%:reversal'
        GROUP BY t.cause, e.account_id, e.available_at, e.reference HAVING sum(e.amount_minor) <> 0
        """
    ):
        yield Finding(subject=cause, message=f"its reversal leaves {off} behind")


def lines_add_up() -> Iterator[Finding]:
    """Lines make the payment, refund lines the refund, and what counts as refunded is what was refunded, share by share."""
    for pk, amount, lines in _rows(
        """
        SELECT p.id, p.amount_minor, coalesce(sum(l.amount_minor), 0) FROM payments_payment p
        LEFT JOIN payments_paymentline l ON l.payment_id = p.id
        GROUP BY p.id HAVING p.amount_minor <> coalesce(sum(l.amount_minor), 0)
        """
    ):
        yield Finding(subject=f"payment {pk}", message=f"amount {amount}, but its lines make {lines}")
    for pk, amount, lines in _rows(
        """
        SELECT r.id, r.amount_minor, coalesce(sum(x.amount_minor), 0) FROM payments_refund r
        LEFT JOIN payments_refundline x ON x.refund_id = r.id
        GROUP BY r.id HAVING r.amount_minor <> coalesce(sum(x.amount_minor), 0)
        """
    ):
        yield Finding(subject=f"refund {pk}", message=f"amount {amount}, but its lines make {lines}")
    for payment, reference, counted, refunded, payee, platform in _rows(
        """
        SELECT l.payment_id, l.reference, l.refunded_minor, coalesce(x.amount, 0), l.payee_minor - coalesce(x.payee, 0),
               l.platform_minor - coalesce(x.platform, 0)
        FROM payments_paymentline l
        LEFT JOIN (
            SELECT x.line_id, sum(x.amount_minor) AS amount, sum(x.payee_minor) AS payee, sum(x.platform_minor) AS platform
            FROM payments_refundline x JOIN payments_refund r ON r.id = x.refund_id WHERE r.state <> 'failed' GROUP BY x.line_id
        ) x ON x.line_id = l.id
        WHERE l.refunded_minor <> coalesce(x.amount, 0) OR l.payee_minor < coalesce(x.payee, 0)
           OR l.platform_minor < coalesce(x.platform, 0)
        """
    ):
        yield Finding(
            subject=f"payment {payment} line {reference}",
            message=f"counts {counted} as refunded, refunds make {refunded}; left of the shares: {payee} and {platform}",
        )


def nothing_is_overdue() -> Iterator[Finding]:
    """No payment, refund or message waits for longer than PAYMENT_OVERDUE, and none needs a person."""
    limit = timezone.now() - settings.PAYMENT_OVERDUE
    for what, pk, since in _rows(
        """
        SELECT 'payment', id::text, created_at FROM payments_payment WHERE state IN ('created', 'pending') AND created_at < %s
        UNION ALL SELECT 'refund', id::text, created_at FROM payments_refund WHERE state = 'pending' AND created_at < %s
        UNION ALL SELECT 'webhook', id::text, received_at FROM payments_webhookevent WHERE state = 'received' AND received_at < %s
        """,
        limit,
        limit,
        limit,
    ):
        yield Finding(subject=f"{what} {pk}", message=f"open since {since:%Y-%m-%d %H:%M} UTC")
    for what, pk, why in _rows(
        """
        SELECT 'payment', id::text, attention FROM payments_payment WHERE attention <> ''
        UNION ALL SELECT 'refund', id::text, attention FROM payments_refund WHERE attention <> ''
        """
    ):
        yield Finding(subject=f"{what} {pk}", message=f"needs a person: {why}")


def entries_agree_with_their_transaction() -> Iterator[Finding]:
    for pk, cause in _rows(
        """
        SELECT e.id, t.cause FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE e.occurred_at <> t.occurred_at OR e.available_at < e.occurred_at AND e.amount_minor > 0 AND t.kind = 'sale'
        """
    ):
        yield Finding(subject=f"entry {pk}", message=f"its dates do not fit {cause}")


ALL: dict[str, Check] = {
    "every transaction sums to zero in each currency": transactions_balance,
    "entries carry their transaction's dates": entries_agree_with_their_transaction,
    "every payment that succeeded is posted once, with its shares": sales_are_posted,
    "every gateway fee that is known is posted once": fees_are_posted,
    "every refund that succeeded is posted once, with its shares": refunds_are_posted,
    "a refund that failed later is taken back whole": reversals_mirror_refunds,
    "lines add up to their payment, and refunds to their lines": lines_add_up,
    "nothing is overdue or needs a person": nothing_is_overdue,
}


def _differences(kind: str, expected: str, before: str = "") -> Iterator[Finding]:
    """Both ways: what should stand in the books and does not, what stands there and should not."""
    for cause, account, owner, currency, reference, due, found in _rows(
        f"""
        WITH {before + "," if before else ""}
        sides AS (
            SELECT cause, kind, owner_id, gateway, currency, reference, amount AS due, 0 AS found FROM ({expected}) AS expected
            UNION ALL
            SELECT cause, kind, owner_id, gateway, currency, reference, 0, amount FROM ({_ENTRIES}) AS entries
        )
        SELECT cause, kind, owner_id, currency, reference, sum(due), sum(found) FROM sides
        GROUP BY cause, kind, owner_id, gateway, currency, reference HAVING sum(due) <> sum(found)
        LIMIT {MOST_FINDINGS}
        """,  # noqa: S608 - made of constants
        kind,
    ):
        whose = f" of user {owner}" if owner else ""
        about = f" for {reference}" if reference else ""
        yield Finding(subject=cause, message=f"{account}{whose}{about}: due {due} {currency}, posted {found}")


def _rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)
        return cursor.fetchmany(MOST_FINDINGS)
