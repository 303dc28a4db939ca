"""What orders do about what happened to money, and what follows when an order is paid."""

from __future__ import annotations

from kit.events import subscribe
from marketplace.orders import mails
from marketplace.orders.events import LineWithheld, MoneyReturned, OrderClosed, OrderPaid, ProductGranted
from marketplace.orders.models import Order
from marketplace.orders.services.fulfilment import fulfil_order
from marketplace.orders.services.paying import end_attempts, settle_order
from marketplace.orders.services.refunds import record_refund, refund_withheld_line
from payments.events import PaymentSucceeded, RefundFailed, RefundSucceeded


@subscribe(PaymentSucceeded)
def fulfil_paid_order(event: PaymentSucceeded) -> None:
    order = Order.objects.filter(number=event.reference).first()
    if order is not None:
        fulfil_order(order.pk)


@subscribe(OrderClosed, atomic=False)
def end_open_attempts(event: OrderClosed) -> None:
    """Nobody should still be able to pay for a closed order; who did so just before gets it all the same."""
    order = Order.objects.get(pk=event.order_id)
    end_attempts(order)
    settle_order(order, ask=False)


@subscribe(LineWithheld)
def send_money_back(event: LineWithheld) -> None:
    refund_withheld_line(event.line_id)


@subscribe(RefundSucceeded)
def record_sent_refund(event: RefundSucceeded) -> None:
    record_refund(event.refund_id)


@subscribe(RefundFailed)
def record_failed_refund(event: RefundFailed) -> None:
    record_refund(event.refund_id)


@subscribe(OrderPaid)
def send_receipt(event: OrderPaid) -> None:
    mails.send_receipt(event.order_id)


@subscribe(MoneyReturned)
def tell_of_refund(event: MoneyReturned) -> None:
    mails.send_refund_notice(event.order_id, event.refund_id)


@subscribe(ProductGranted)
def tell_of_gift(event: ProductGranted) -> None:
    mails.send_gift_notice(event.entitlement_id)
