"""Who may move a payment: one at a time per reference.

Locks are always taken in the same order, the reference first and then rows, so that two services cannot wait for each other.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from payments.models import Payment


def lock_reference(reference: str) -> None:
    """Hold everything that is paid under this reference until the transaction ends, also what has no row yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"payments:{reference}"])


def lock_payment(payment_id: UUID | str) -> Payment:
    """The payment as it is now, held until the transaction ends. Raises Payment.DoesNotExist."""
    lock_reference(Payment.objects.values_list("reference", flat=True).get(pk=payment_id))
    return Payment.objects.select_for_update().get(pk=payment_id)
