"""What buyers are told by mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from kit.mail import send_mail
from kit.money import format_money
from marketplace.goods import openings
from marketplace.orders.models import Entitlement, Order
from marketplace.orders.receipts import receipt_data, receipt_name, receipt_pdf
from marketplace.orders.selectors import goods_of, order_lines
from payments.models import Refund


def send_receipt(order_id: UUID | str) -> None:
    """The receipt with its PDF, and where the goods are (R97, R225)."""
    order = Order.objects.select_related("buyer__profile", "payment").get(pk=order_id)
    to = order.receipt_email
    if not to:
        return
    send_mail(
        "orders/receipt",
        to=to,
        context={
            "order": order,
            "receipt": receipt_data(order),
            "goods": [{"line": goods.line, "url": settings.SITE_URL + goods.opening.url} for goods in goods_of(order)],
            "withheld": [line for line in order_lines(order) if line.withheld],
            "order_url": _absolute("purchase", order.number),
            "library_url": _absolute("library"),
        },
        attachments=[(receipt_name(order), receipt_pdf(order), "application/pdf")],
        idempotency_key=f"receipt:{order.pk}",
    )


def send_refund_notice(order_id: UUID | str, refund_id: UUID | str) -> None:
    """Money is on its way back: how much, for what, and what became of the access."""
    order = Order.objects.select_related("buyer__profile").get(pk=order_id)
    refund = Refund.objects.get(pk=refund_id)
    if not order.receipt_email:
        return
    parts = dict(refund.lines.values_list("line__reference", "amount_minor"))
    rows = [
        {"line": line, "amount": format_money(parts[str(line.pk)], order.currency)} for line in order_lines(order) if str(line.pk) in parts
    ]
    send_mail(
        "orders/refund",
        to=order.receipt_email,
        context={
            "order": order,
            "refund": refund,
            "amount": format_money(refund.amount_minor, order.currency),
            "rows": rows,
            "order_url": _absolute("purchase", order.number),
        },
        idempotency_key=f"refund:{refund.pk}",
    )


def send_gift_notice(entitlement_id: int) -> None:
    """Somebody was given something. What was bought or taken for free needs no such mail."""
    entitlement = Entitlement.objects.select_related("user__profile", "product__creator__profile").get(pk=entitlement_id)
    is_gift = entitlement.source in (Entitlement.Source.GIFT, Entitlement.Source.PROMOTION)
    if not (is_gift and entitlement.is_active and entitlement.user.email):
        return
    opening = openings([entitlement.product], entitlement.user)[entitlement.product_id]
    context: dict[str, Any] = {"entitlement": entitlement, "url": settings.SITE_URL + opening.url}
    send_mail("orders/given", to=entitlement.user.email, context=context, idempotency_key=f"given:{entitlement.pk}")


def _absolute(name: str, *args: str) -> str:
    return settings.SITE_URL + reverse(name, args=args)
