"""Events: what happened, told to those above once it is committed (docs/events.md).

# payments/events.py
@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event):
    payment_id: int

# a service, inside its transaction
publish(PaymentSucceeded(payment_id=payment.pk))

# marketplace/orders/handlers.py
@subscribe(PaymentSucceeded)
def fulfil_paid_order(event: PaymentSucceeded) -> None: ...
"""

from kit.events.event import Event
from kit.events.publishing import PublishedOutsideTransaction, publish
from kit.events.registry import subscribe

__all__ = ["Event", "PublishedOutsideTransaction", "publish", "subscribe"]
