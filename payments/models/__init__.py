from payments.models.payment import Payment, PaymentLine
from payments.models.refund import Refund, RefundLine
from payments.models.webhook import WebhookEvent

__all__ = ["Payment", "PaymentLine", "Refund", "RefundLine", "WebhookEvent"]
