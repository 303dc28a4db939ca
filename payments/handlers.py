from kit.events import subscribe
from payments.events import PaymentSucceeded, RefundRequested, WebhookReceived
from payments.models import Payment, Refund
from payments.services.cancel import cancel_payment
from payments.services.inbox import handle_webhook
from payments.services.refunds import ask_about_refund


@subscribe(WebhookReceived, atomic=False)
def handle_received_webhook(event: WebhookReceived) -> None:
    handle_webhook(event.webhook_id)


@subscribe(RefundRequested, atomic=False)
def send_requested_refund(event: RefundRequested) -> None:
    ask_about_refund(Refund.objects.select_related("payment").get(pk=event.refund_id))


@subscribe(PaymentSucceeded, atomic=False)
def close_other_attempts(event: PaymentSucceeded) -> None:
    """A late success of an attempt that we had given up: nobody shall pay the newer one, too."""
    for payment in Payment.objects.open().filter(reference=event.reference):
        cancel_payment(payment)
