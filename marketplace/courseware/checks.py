"""What must be true between who has a course's product and who may take the course. Registered with the reconciliation of the books."""

from __future__ import annotations

from functools import partial

from marketplace.orders.checks import find
from payments.ledger.reconcile import register_check

RULES: dict[str, tuple[str, str]] = {
    "everybody who has a course may take it": ("has the product and cannot take the course", """
        SELECT 'entitlement ' || e.id || ' of user ' || e.user_id || ' to product ' || e.product_id
        FROM orders_entitlement e
        JOIN marketplace_product p ON p.id = e.product_id AND p.kind = 'course'
        LEFT JOIN courseware_courselisting c ON c.product_id = p.id
        LEFT JOIN learning_enrolment n ON n.course_id = c.course_id AND n.user_id = e.user_id
        WHERE e.revoked_at IS NULL AND (n.id IS NULL OR n.revoked_at IS NOT NULL OR n.source = 'preview')
    """),
    "nobody takes a course whose product was taken back": ("takes the course without having its product", """
        SELECT 'enrolment ' || n.id || ' of user ' || n.user_id || ' in course ' || n.course_id
        FROM learning_enrolment n
        JOIN courseware_courselisting c ON c.course_id = n.course_id
        WHERE n.revoked_at IS NULL AND n.source <> 'preview' AND n.grant_ref ~ '^[0-9]+$' AND NOT EXISTS (
            SELECT 1 FROM orders_entitlement e
            WHERE e.id::text = n.grant_ref AND e.user_id = n.user_id AND e.product_id = c.product_id AND e.revoked_at IS NULL)
    """),
}  # fmt: skip


def register_checks() -> None:
    for rule, (message, query) in RULES.items():
        register_check(rule, partial(find, message, query))
