"""What must be true between orders, access and payments. Set-based: one query for each rule, over everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.db import connection

from payments.ledger.reconcile import Finding, register_check

# The rule in words, what a row that breaks it is told of, and the query that finds such rows. A query of the last hour's events
# would find what is still on its way, so those rules leave that hour out.
_RULES: dict[str, tuple[str, str]] = {
    "every access is paid for, free or given": ("gives access without a paid line", """
        SELECT 'entitlement ' || e.id || ' of user ' || e.user_id || ' to product ' || e.product_id
        FROM orders_entitlement e
        LEFT JOIN orders_orderline l ON l.id = e.line_id
        LEFT JOIN orders_order o ON o.id = l.order_id
        WHERE e.revoked_at IS NULL AND (
            (e.source = 'purchase' AND (l.id IS NULL OR o.state NOT IN ('paid', 'refunded') OR l.refunded_minor >= l.paid_minor
                OR o.buyer_id <> e.user_id OR l.product_id <> e.product_id))
            OR (e.source = 'free' AND l.id IS NOT NULL AND (l.paid_minor > 0 OR o.state <> 'paid')))
    """),
    "every paid line gave access or says why not": ("was paid and gave nothing", """
        SELECT 'line ' || l.id || ' of order ' || o.number
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_entitlement e ON e.line_id = l.id
        WHERE o.state IN ('paid', 'refunded') AND l.withheld = '' AND e.id IS NULL
    """),
    "no refunded line gives access": ("went back in full and still gives access", """
        SELECT 'line ' || l.id || ' of order ' || o.number
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        JOIN orders_entitlement e ON e.line_id = l.id
        WHERE l.paid_minor > 0 AND l.refunded_minor = l.paid_minor AND e.revoked_at IS NULL
    """),
    "the money of every withheld line goes back": ("was withheld and its money kept", """
        SELECT 'line ' || l.id || ' of order ' || o.number
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        WHERE l.withheld <> '' AND l.paid_minor > 0 AND o.paid_at < now() - interval '1 hour' AND NOT EXISTS (
            SELECT 1 FROM payments_paymentline p
            WHERE p.payment_id = o.payment_id AND p.reference = l.id::text AND p.refunded_minor = p.amount_minor)
    """),
    "every paid order has a payment of its amount": ("has no successful payment of its amount", """
        SELECT 'order ' || o.number
        FROM orders_order o
        LEFT JOIN payments_payment p ON p.id = o.payment_id
        WHERE o.state IN ('paid', 'refunded') AND o.total_minor > 0 AND (
            p.id IS NULL OR p.state <> 'succeeded' OR p.reference <> o.number OR p.amount_minor <> o.total_minor
            OR p.currency <> o.currency)
    """),
    "every payment of an order was handed over": ("was paid and not handed over", """
        SELECT 'order ' || o.number
        FROM payments_payment p
        JOIN orders_order o ON o.number = p.reference
        WHERE p.state = 'succeeded' AND p.surplus_of_id IS NULL AND o.state NOT IN ('paid', 'refunded')
            AND p.settled_at < now() - interval '1 hour'
    """),
    "the lines of every order sum to its total": ("does not sum to its total", """
        SELECT 'order ' || o.number
        FROM orders_order o
        LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING coalesce(sum(l.paid_minor), 0) <> o.total_minor
    """),
    "refunds of orders are those of their payments": ("says another refunded amount than its payment", """
        SELECT 'line ' || l.id || ' of order ' || o.number
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN (
            SELECT f.payment_id, p.reference, sum(r.amount_minor) AS total
            FROM payments_refundline r
            JOIN payments_refund f ON f.id = r.refund_id AND f.state = 'succeeded'
            JOIN payments_paymentline p ON p.id = r.line_id
            GROUP BY f.payment_id, p.reference
        ) s ON s.payment_id = o.payment_id AND s.reference = l.id::text
        WHERE o.payment_id IS NOT NULL AND l.refunded_minor <> coalesce(s.total, 0)
            AND NOT EXISTS (SELECT 1 FROM payments_refund f WHERE f.payment_id = o.payment_id AND f.settled_at > now() - interval '1 hour')
    """),
}


def register_checks() -> None:
    """Let the reconciliation of the books prove the orders too."""
    for rule, (message, query) in _RULES.items():
        register_check(rule, partial(find, message, query))


def find(message: str, query: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        for (subject,) in cursor.fetchall():
            yield Finding(subject=subject, message=message)
