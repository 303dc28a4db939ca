"""Sending money back, per line; and what follows when it has arrived or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from kit.events import publish
from marketplace.orders.errors import NothingToRefund
from marketplace.orders.events import MoneyReturned, OrderRefunded
from marketplace.orders.locks import lock_order
from marketplace.orders.models import Entitlement, Order, OrderLine
from marketplace.orders.services.fulfilment import count_sale_again, count_sale_back, give_back, take_back
from payments.models import Refund, RefundLine
from payments.services.refunds import refund_lines

if TYPE_CHECKING:
    from accounts.models import User

logger = structlog.get_logger(__name__)


def refund_order(order: Order, *, by: User | None, reason: str) -> Refund:
    """Send back all that is left of an order. Asked twice, it is one refund.

    The access goes when the money has gone (`record_refund`), not before. Raises `NothingToRefund`, and what `refund_lines`
    raises.
    """
    order = Order.objects.select_related("payment").get(pk=order.pk)
    amounts = {str(line.pk): left for line in order.lines.all() if (left := _left(line))}
    return _refund(order, amounts, cause=f"order:{order.number}:{sum(amounts.values())}:{_failed(order)}", by=by, reason=reason)


def refund_line(line: OrderLine, *, by: User | None, reason: str, amount_minor: int | None = None) -> Refund:
    """Send back a line, or `amount_minor` of it in the order's currency. Raises `NothingToRefund`."""
    line = OrderLine.objects.select_related("order__payment").get(pk=line.pk)
    left = _left(line)
    amount = left if amount_minor is None else amount_minor
    if amount > left:
        raise NothingToRefund
    amounts = {str(line.pk): amount} if amount else {}
    return _refund(line.order, amounts, cause=f"line:{line.pk}:{left}:{amount}:{_failed(line.order)}", by=by, reason=reason)


def refund_withheld_line(line_id: UUID | str) -> None:
    """Send back what was paid for something that could not be handed over."""
    line = OrderLine.objects.select_related("order__payment").get(pk=line_id)
    if not line.withheld or not line.paid_minor:
        return
    because = str(OrderLine.Withheld(line.withheld).label)
    _refund(line.order, {str(line.pk): line.paid_minor}, cause=f"withheld:{line.pk}", by=None, reason=because)


@transaction.atomic
def record_refund(refund_id: UUID | str) -> None:
    """Make an order agree with what the gateway has sent back, after a refund succeeded or, having succeeded, failed.

    Only a line that went back in full loses its access; a refund that fails later gives it back.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    order_id = Order.objects.filter(number=refund.payment.reference, payment=refund.payment).values_list("pk", flat=True).first()
    if order_id is None:
        return  # of a second payment of the same order, which never gave anything, or of something that is not an order
    order = lock_order(order_id)
    returned = _sum(order, Refund.State.SUCCEEDED)
    for line in order.lines.select_related("product"):
        amount = returned.get(str(line.pk), 0)
        if amount != line.refunded_minor:
            _record_line(order, line, amount)
    _record_order(order)
    if refund.state == Refund.State.SUCCEEDED:
        publish(MoneyReturned(order_id=str(order.pk), refund_id=str(refund.pk)))


def _record_line(order: Order, line: OrderLine, refunded_minor: int) -> None:
    was_refunded, before = line.is_refunded, line.refunded_minor
    line.refunded_minor = refunded_minor
    line.save(update_fields=["refunded_minor"])
    logger.info("line_refunded", order=order.number, line=str(line.pk), before_minor=before, refunded_minor=refunded_minor)
    if line.is_refunded == was_refunded or line.withheld:
        return
    entitlement = Entitlement.objects.filter(line=line).select_related("product", "user").first()
    if line.is_refunded:
        count_sale_back(line.product_id)
        if entitlement is not None and entitlement.is_active:
            take_back(entitlement, because=_REFUNDED, by=None)
        return
    count_sale_again(line.product_id)
    if entitlement is not None and entitlement.revoked_because == _REFUNDED and not _has_another(entitlement):
        give_back(entitlement)


def _record_order(order: Order) -> None:
    paid = [line for line in order.lines.all() if line.paid_minor]
    all_back = bool(paid) and all(line.is_refunded for line in paid)
    if all_back and order.state == Order.State.PAID:
        order.close(Order.State.REFUNDED, at=timezone.now())
        publish(OrderRefunded(order_id=str(order.pk)))
    elif not all_back and order.state == Order.State.REFUNDED:
        order.reopen_as_paid()


_REFUNDED = "The money was sent back."


def _has_another(entitlement: Entitlement) -> bool:
    return Entitlement.objects.active().filter(user=entitlement.user, product=entitlement.product).exists()


def _refund(order: Order, amounts: dict[str, int], *, cause: str, by: User | None, reason: str) -> Refund:
    if order.payment is None or not amounts:
        raise NothingToRefund
    return refund_lines(order.payment, amounts=amounts, key=cause, reason=reason, by=by)


def _left(line: OrderLine) -> int:
    """What is neither sent back nor on its way back."""
    return line.paid_minor - _sum(line.order, Refund.State.SUCCEEDED, Refund.State.PENDING).get(str(line.pk), 0)


def _failed(order: Order) -> int:
    """How many refunds failed: a cause that failed for good may be tried again, as another cause."""
    return Refund.objects.filter(payment=order.payment, state=Refund.State.FAILED).count()


def _sum(order: Order, *states: Refund.State) -> dict[str, int]:
    rows = RefundLine.objects.filter(refund__payment=order.payment, refund__state__in=states)
    return dict(rows.values_list("line__reference").annotate(total=Sum("amount_minor")).order_by())
